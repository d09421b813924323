/** `/console/webhooks`: who hears of what, and whether it arrives. */
import { Button } from '@mantine/core';
import { IconPlus, IconWebhook } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { ActiveFilter } from '../elements/list-filters.tsx';
import { ListPage } from '../elements/list-page.tsx';
import { useAskList } from '../elements/list-search.ts';
import { RecordSelect } from '../elements/record-select.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { webhooksRoute } from './routes.tsx';
import { webhookColumns } from './webhook-list.tsx';

const words = text.webhooks;

export function WebhooksPage() {
  const search = webhooksRoute.useSearch();
  const ask = useAskList();
  const may = useMay();
  const { me } = useSession();
  return (
    <ListPage
      title={words.title}
      description={words.description}
      path="/webhooks"
      search={search}
      sort="-created_at"
      filters={
        <>
          <ActiveFilter {...search} />
          {me.location === null && may('organizations:read') && (
            <RecordSelect
              path="/locations"
              label={text.everyPage.place.label}
              none={text.everyPage.place.all}
              isFilter
              value={search.location ?? null}
              onChange={(location) => ask({ location: location ?? undefined })}
            />
          )}
        </>
      }
      columns={webhookColumns}
      nameOf={({ url }) => url}
      add={may('webhooks:write') && <AddButton />}
      icon={<IconWebhook />}
      empty={words.empty}
      emptyHint={words.emptyHint}
    />
  );
}

function AddButton() {
  return (
    <Button component={Link} to="/webhooks/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {words.add}
    </Button>
  );
}
