/** Words of the first start, and of the steps to a first access token. */
import { isolated } from '../isolated.ts';

export const firstRunText = {
  title: 'First steps',
  description:
    'From nothing to an access token that your API can trust. Leave whenever you like: what is done stays done.',
  done: 'Done',
  mayNot: 'You may look at this, but not do all of it. An owner or admin of the organization can.',
  notSeen: 'Not yours to see',
  toOverview: 'To the overview',
  owner: {
    title: 'Welcome to Latchkey',
    explanation:
      'This link makes you the owner of this server’s first organization. Say who you are, and choose a password.',
    submit: 'Become the owner',
    noToken:
      'This link is not complete. Open it as the server printed it when it started for the first time.',
    goOn: 'You have an account already? Go on where you were.',
    refused:
      'This link lets nobody in any more: it was used, has expired, or a newer one was made. Make another at the machine: latchkey bootstrap --console-link',
  },
  account: { title: 'Your account' },
  organization: {
    title: 'Your organization',
    name: 'Name of the organization',
    hint: 'For people. It can be changed at any time.',
    submit: 'Go on',
  },
  api: {
    title: 'An API',
    name: 'Name of the API',
    nameExample: 'Orders',
    identifier: 'Identifier',
    identifierHint:
      'The audience of its access tokens, usually its URL. It never changes, and is never used again.',
    identifierExample: 'https://orders.example.com',
    scopes: 'Scopes',
    scopesHint: 'What its clients can be allowed to do. Enter after each.',
    scopesExample: 'orders:read',
    submit: 'Register the API',
  },
  client: {
    title: 'A client',
    explanation: (api: string, scopes: string) =>
      `The integration that calls ${isolated(api)}. It is granted all of its scopes: ${scopes}`,
    name: 'Name of the client',
    nameExample: 'Order import',
    submit: 'Register the client',
  },
  token: {
    title: 'An access token',
    withSecret:
      'Run this in a terminal. The secret is filled in until you say that you have stored it.',
    withoutSecret: 'Run this in a terminal, with the secret that you have stored.',
    secretPlaceholder: 'the-secret-that-you-have-stored',
    command: 'the command',
    waiting: 'Waiting until the server has issued one …',
    noGrant: 'This client is granted no scope yet. Grant it one, then come back.',
    seen: (count: number) =>
      count === 1
        ? 'The server has issued 1 access token'
        : `The server has issued ${count} access tokens`,
  },
  validation: {
    title: 'Validate it in your API',
    explanation:
      'Your API checks each access token by itself, with the server’s public keys. In Node.js:',
    install: 'the installation',
    code: 'the code',
    askServer: 'Or ask the server whether a token is good at this moment:',
    command: 'the command',
  },
} as const;
