/** Words of the pages of locations. */
import { isolated } from '../isolated.ts';

export const locationsText = {
  title: 'Locations',
  description:
    'Sub-accounts of the organization. A client, a member or a webhook of a location never gets beyond it.',
  add: 'New location',
  column: { name: 'Name', status: 'Status', created: 'Created' },
  empty: 'No location yet',
  emptyHint:
    'Make one for each branch, customer or sub-account whose clients should reach nothing but their own.',
  name: 'Name',
  create: 'Make the location',
  created: (name: string) => `${isolated(name)} is there`,
  saved: 'Saved',
  start: 'Activate',
  started: (name: string) => `${isolated(name)} is active: its clients get access tokens again`,
  stop: 'Deactivate',
  stopTitle: (name: string) => `Deactivate ${isolated(name)}?`,
  stopConsequence:
    'Its clients get no more access tokens, and those already out become inactive for good:',
  stopped: (name: string) => `${isolated(name)} is inactive`,
  noClients: 'It has no client.',
  delete: 'Delete the location',
  deleteTitle: (name: string) => `Delete ${isolated(name)}?`,
  deleteConsequence:
    'It cannot be restored. It is refused while the location still holds clients, members or webhooks.',
  deleted: (name: string) => `${isolated(name)} is deleted`,
  clients: 'Clients',
  clientsNone: 'No client belongs to this location.',
} as const;
