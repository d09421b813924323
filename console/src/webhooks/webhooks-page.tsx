/** `/console/webhooks`: who hears of what, and whether it arrives. */
import { Button, Group, SegmentedControl } from '@mantine/core';
import { IconPlus, IconSearch, IconWebhook } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useListPages } from '../api/list-pages.ts';
import type { Webhook } from '../api/records.ts';
import { EmptyState } from '../elements/empty-state.tsx';
import { Page } from '../elements/page.tsx';
import { RecordSelect } from '../elements/record-select.tsx';
import { SearchField } from '../elements/search-field.tsx';
import { isNarrowed } from '../frame/search.ts';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { webhooksRoute, type WebhooksSearch } from './routes.tsx';
import { WebhookList } from './webhook-list.tsx';

const words = text.webhooks;
const sortDefault = '-created_at';

export function WebhooksPage() {
  const search = webhooksRoute.useSearch();
  const navigate = useNavigate({ from: webhooksRoute.fullPath });
  const may = useMay();
  const { me } = useSession();
  const sort = search.sort ?? sortDefault;
  const pages = useListPages<Webhook>('/webhooks', { ...search, sort });
  const ask = (change: Partial<Record<keyof WebhooksSearch, string | undefined>>) =>
    void navigate({
      search: (before) => ({ ...before, ...change }) as WebhooksSearch,
      replace: true,
    });
  const isFiltered = isNarrowed(search);
  const addButton = may('webhooks:write') && (
    <Button component={Link} to="/webhooks/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {words.add}
    </Button>
  );
  return (
    <Page title={words.title} description={words.description} actions={addButton}>
      <Group>
        <SearchField value={search.q} onSearch={(q) => ask({ q })} />
        <SegmentedControl
          aria-label={words.statusLabel}
          value={search.active ?? ''}
          onChange={(active) => ask({ active: active || undefined })}
          data={[
            { value: '', label: words.filter.all },
            { value: 'true', label: words.filter.active },
            { value: 'false', label: words.filter.inactive },
          ]}
        />
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
      </Group>
      <WebhookList
        label={words.title}
        pages={pages}
        sort={sort}
        onSort={(next) => ask({ sort: next })}
        empty={
          isFiltered ? (
            <EmptyState
              icon={<IconSearch />}
              title={text.everyPage.list.nothingFound}
              hint={text.everyPage.list.nothingFoundHint}
            />
          ) : (
            <EmptyState
              icon={<IconWebhook />}
              title={words.empty}
              hint={words.emptyHint}
              action={addButton}
            />
          )
        }
      />
    </Page>
  );
}
