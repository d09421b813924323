/** Words of the list of everybody who holds access. */
import { isolated } from '../isolated.ts';

export const accessText = {
  title: 'Access',
  description:
    'Everybody who can fetch access tokens: integrations, and members by the API access they have turned on for themselves.',
  managementTitle: 'API management',
  managementDescription:
    'Members who have API access on. Clear it, and their credential fails at once; they must turn it on again.',
  kindLabel: 'Who',
  kind: { client: 'Integrations', member: 'Members’ API access' },
  kindOf: { client: 'Integration', member: 'Member' },
  kindColumn: 'Kind',
  member: 'See the member',
  empty: 'Nobody holds access yet',
  emptyHint:
    'Register a client for an integration, or turn your own API access on in My settings: both are listed here, with when they were used last.',
  managementEmpty: 'No member has API access on',
  managementEmptyHint:
    'A member turns it on in My settings. Whoever has is listed here, with when it was used last.',
  clear: 'Clear',
  clearWhose: (name: string) => `Clear the API access of ${isolated(name)}`,
  clearTitle: (name: string) => `Clear the API access of ${isolated(name)}?`,
  clearConsequence:
    'The credential fails at once, and so do the access tokens it has fetched. The member must turn API access on again, and gets a new credential.',
  clearLastUsed: 'Last used',
  clearConfirm: 'Clear the API access',
  cleared: (name: string) => `The API access of ${isolated(name)} is cleared`,
} as const;
