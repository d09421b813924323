/** Words of the overview. */
import { isolated } from '../isolated.ts';

export const overviewText = {
  title: 'Overview',
  welcome: (name: string) => `Hello, ${isolated(name)}`,
  notices: 'Notices',
  noticesNone: 'Nothing needs your hand.',
  allNotices: 'All notices',
  failures: 'Refused lately',
  failuresNone: 'No client was refused lately.',
  failuresHint: 'The true reason, which the answer to whoever was refused does not tell.',
  reason: {
    wrong_secret: 'the secret is wrong',
    secret_expired: 'the secret has expired',
    secret_retired: 'the secret was retired',
    secret_revoked: 'the secret was revoked',
    client_id_ended: 'the client_id has ended',
    client_inactive: 'the client is inactive',
    invalid_scope: 'a scope is not granted',
    invalid_target: 'an API is not granted',
    token_not_yours: 'the token is another client’s',
  } as Readonly<Record<string, string>>,
  times: (count: number) => (count === 1 ? 'once' : `${count} times`),
  keys: 'Signing keys',
  keyState: { published: 'to sign soon', signing: 'signing', retiring: 'retiring' } as Readonly<
    Record<string, string>
  >,
  allKeys: 'All signing keys',
  tokens: 'Access tokens per day',
  allUsage: 'Usage in detail',
  start: 'Begin here',
  startHint: 'Three steps to the first access token.',
  steps: {
    api: 'Register the API that your integrations call',
    client: 'Register a client, and keep its secret',
    token: 'Fetch an access token with it',
  },
  done: 'done',
  open: 'to do',
} as const;
