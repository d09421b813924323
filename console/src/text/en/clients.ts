/** Words of the list of clients, and of a client. */
export const clientsText = {
  title: 'Clients',
  description: 'Registered integrations: each fetches access tokens with its own credential.',
  add: 'New client',
  scopes: 'Scopes',
  restorableUntil: 'Erased',
  deleted: 'Deleted',
  emptyDeleted: 'No deleted client',
  emptyDeletedHint: 'What is deleted is here for 30 days, and can be restored until then.',
  place: { organization: 'Organization', locations: 'Locations' },
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
  deactivatedSome: (done: number, asked: number) =>
    `${done} of ${asked} clients are deactivated. The others are as they were:`,
} as const;
