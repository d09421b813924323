/** Words of the pages of APIs. */
import { isolated } from '../isolated.ts';

export const apisText = {
  title: 'APIs and scopes',
  description:
    'An API is a resource server. Its identifier is the audience of its access tokens, its scopes are what clients may be granted.',
  add: 'New API',
  column: { name: 'Name', identifier: 'Identifier', scopes: 'Scopes', created: 'Created' },
  empty: 'No API yet',
  emptyHint:
    'Register the API that your integrations call: the identifier it expects in the token’s audience, and the scopes it checks.',
  builtIn: 'Built in',
  builtInHint:
    'This is the admin API of Latchkey itself: its scopes are permissions, and nobody changes it.',
  instanceWide: 'Whole instance',
  instanceHint:
    'It belongs to the instance: its operator changes it, and your clients may be granted it.',
  form: {
    identifier: 'Identifier',
    identifierHint:
      'An absolute URI, such as https://orders.example.com. It never changes, and is never used again.',
    name: 'Name',
    scopes: 'Scopes',
    scopesHint: 'What the scope claim of its tokens may say, and what each allows.',
    scopeValue: (row: number) => `Scope ${row}`,
    scopeDescription: (row: number) => `What scope ${row} allows`,
    scopeValueHead: 'Scope',
    scopeDescriptionHead: 'What it allows',
    addScope: 'Add a scope',
    removeScope: (value: string) => `Remove ${isolated(value || 'this scope')}`,
    lifetime: 'Access tokens live for, in seconds',
    lifetimeHint: '60 to 86,400; 3,600 is an hour. A client may have a shorter time of its own.',
    algorithm: 'Signed with',
    algorithmHint:
      'ES256 is fast and known to all current libraries. RS256 only for a validator that knows nothing else.',
    type: 'Type of its access tokens',
    typeHint:
      '“JWT” only for a validator that refuses “at+jwt”, as Spring Security does by default.',
    introspection: 'Clients that may introspect its tokens',
    introspectionHint: 'Usually one: the API’s own client, which has no grants.',
    advanced: 'Tokens and validation',
  },
  createTitle: 'New API',
  create: 'Register the API',
  created: (name: string) => `${isolated(name)} is registered. Grant its scopes to a client next.`,
  saved: 'Saved. The next access token obeys.',
  losesTitle: 'Remove scopes that are in use?',
  loses: (scopes: string) =>
    `${scopes} will be gone from every grant. These clients have it now, and are refused when they ask for it:`,
  losesNobody: (scopes: string) => `${scopes} will be gone. No client that you can see has it.`,
  losesConfirm: 'Remove and save',
  deleteTitle: (name: string) => `Delete ${isolated(name)}?`,
  deleteConsequence:
    'Nobody gets an access token for it any more, and its identifier is never used again. It is refused while any client is granted it.',
  deleteConfirm: 'Delete the API',
  deleted: (name: string) => `${isolated(name)} is deleted`,
  clientsOf: 'Clients that are granted it',
  clientsOfNone: 'No client is granted it yet.',
} as const;
