/** Words of the organization's page. */
export const organizationText = {
  title: 'General',
  description: 'The organization, and the credentials that are its own.',
  name: 'Name',
  save: 'Save',
  saved: 'Saved',
  credentials: 'Credentials of the organization',
  credentialsHint:
    'A client_id is here at any time. A client_secret is not displayed again after it was generated: Latchkey keeps only a digest of it. If it is lost, regenerate it.',
  empty: 'No credential yet',
  emptyHint: 'Make a client for the organization, and its client_id is here at any time.',
  make: 'New client',
} as const;
