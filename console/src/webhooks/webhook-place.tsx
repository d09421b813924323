/** What a webhook is made for: everything of the organization, or what happens in one location, to one client or one member. */
import { Anchor } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { Link } from '@tanstack/react-router';
import type { Webhook } from '../api/records.ts';
import { Facts } from '../elements/facts.tsx';
import { RecordSelect, useRecord, type RecordPath } from '../elements/record-select.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import type { WebhookValues } from './webhook-fields.tsx';

const words = text.webhooks;
const organization = text.everyPage.place.organization;

/** Each as far as the member may see what there is to choose from. */
export function WebhookPlaceFields(props: {
  form: UseFormReturnType<WebhookValues>;
  isReadOnly: boolean;
}) {
  const { form, isReadOnly: disabled } = props;
  const may = useMay();
  const { me } = useSession();
  const propsOf = (field: 'location' | 'client' | 'member') => ({
    disabled,
    value: form.values[field],
    onChange: (id: string | null) => form.setFieldValue(field, id),
    error: typeof form.errors[field] === 'string' ? form.errors[field] : undefined,
  });
  return (
    <>
      {me.location === null && may('organizations:read') && (
        <RecordSelect
          path="/locations"
          label={text.everyPage.place.label}
          description={words.form.placeHint}
          none={organization}
          {...propsOf('location')}
        />
      )}
      {may('members:read') && (
        <RecordSelect
          path="/members"
          label={words.form.member}
          none={words.form.anybody}
          {...propsOf('member')}
        />
      )}
      {may('clients:read') && (
        <RecordSelect
          path="/clients"
          label={words.form.client}
          none={words.form.anyClient}
          {...propsOf('client')}
        />
      )}
    </>
  );
}

export function WebhookPlace({ webhook }: { webhook: Webhook }) {
  const { location, client, member, created_at: createdAt } = webhook;
  return (
    <Facts
      facts={[
        [
          words.place.location,
          <NamedLink key="" path="/locations" id={location} none={organization} />,
        ],
        [
          words.place.client,
          <NamedLink key="" path="/clients" id={client} none={words.form.anyClient} />,
        ],
        [
          words.place.member,
          <NamedLink key="" path="/members" id={member} none={words.form.anybody} />,
        ],
        [words.place.created, <TimeText key="" value={createdAt} />],
      ]}
    />
  );
}

const permissionOf = {
  '/clients': 'clients:read',
  '/locations': 'organizations:read',
  '/members': 'members:read',
} as const;

function NamedLink(props: { path: RecordPath; id: string | null; none: string }) {
  const { path, id, none } = props;
  const maySee = useMay()(permissionOf[path]);
  const record = useRecord(path, maySee ? id : null);
  if (id === null) return <>{none}</>;
  if (!maySee) return <span className="mono">{id}</span>;
  return (
    <Anchor component={Link} to={`${path}/${id}`} inherit>
      {record?.name ?? id}
    </Anchor>
  );
}
