/** Words of the list of clients, and of a client. */
export const clientsText = {
  title: 'Clients',
  description: 'Registered integrations: each fetches access tokens with its own credential.',
  add: 'New client',
  column: {
    name: 'Name',
    clientId: 'client_id',
    scopes: 'Scopes',
    status: 'Status',
    created: 'Created',
    lastUsed: 'Last used',
    restorableUntil: 'Restorable until',
    actions: 'Actions',
  },
  filter: { all: 'All', active: 'Active', inactive: 'Inactive', deleted: 'Deleted' },
  emptyDeleted: 'No deleted client',
  emptyDeletedHint: 'What is deleted is here for 30 days, and can be restored until then.',
  place: { all: 'All', organization: 'Organization', locations: 'Locations' },
  placeLabel: 'Belongs to',
  statusLabel: 'Status',
  empty: 'No client yet',
  emptyHint:
    'A client is an integration that calls one of your APIs. Register one, give its credential to the integration, and it can fetch access tokens.',
  deactivateSelected: 'Deactivate',
  deactivateTitle: (count: number) =>
    count === 1 ? 'Deactivate 1 client?' : `Deactivate ${count} clients?`,
  deactivateConsequence:
    'They get no more access tokens, and those already out are inactive for whoever asks. Active again, they get new ones.',
  deactivated: (count: number) =>
    count === 1 ? '1 client deactivated' : `${count} clients deactivated`,
} as const;
