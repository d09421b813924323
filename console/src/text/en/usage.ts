/** Words of the page of usage, and of charts. */
export const usageText = {
  title: 'Usage',
  description: 'Access tokens that were issued, in the last 30 days.',
  by: 'Count by',
  dimension: { client: 'Client', api: 'API', scope: 'Scope', day: 'Day' },
  column: { day: 'Day', client: 'Client', api: 'API', scope: 'Scope', tokens: 'Access tokens' },
  chart: (tokens: number) =>
    `Access tokens per day: ${tokens.toLocaleString()} in the last 30 days`,
  tokens: 'Access tokens',
  none: 'No access token was issued yet',
  noneHint: 'As soon as an integration fetches one, it is counted here.',
  unused: 'Granted, and not requested in 90 days',
  unusedHint: 'What could be taken from a client without breaking what it does.',
  unusedNone: 'Every granted scope has been requested in the last 90 days, or was granted since.',
  unusedColumn: {
    client: 'Client',
    scope: 'Scope',
    api: 'API',
    granted: 'Granted',
    last: 'Last requested',
  },
} as const;
