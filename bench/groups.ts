/** What is compared with what: each group is measured by itself, its servers in turn, round after round. */
import { defaultSigningAlgorithm, type SigningAlgorithm } from '../src/model/signing-algorithm.ts';

export interface ContestantPlan {
  /** Unique in its group. */
  key: string;
  /** For people, and unique in its group as well. */
  name: string;
  kind: 'bare' | 'oidc-provider' | 'latchkey';
  /** Registered, and drawn from at random. */
  clients: number;
  algorithm: SigningAlgorithm;
  /** Processes that serve (LATCHKEY_WORKERS). */
  workers: number;
  /** Further instances on its database: each makes its part of the changes. */
  neighbours: number;
  /** Made by the neighbours while it is under load. */
  changesPerSecond: number;
  /** A load that leaves room, shared with the neighbours; null: as much as it takes. */
  tokensPerSecond: number | null;
  /** Key of the bare server it is compared with. */
  yardstick: string;
}

export interface ComparisonPlan {
  title: string;
  key: string;
  against: string;
  /** A ratio of tokens per second that was promised: see docs/benchmark.md. */
  promisedMin?: number;
}

export interface GroupPlan {
  name: GroupName;
  title: string;
  /** What a reader must know of it. */
  note: string;
  /** For the server under load, where the machine has more than that; null: nothing is told its cores. */
  serverCores: number | null;
  contestants: readonly ContestantPlan[];
  comparisons: readonly ComparisonPlan[];
  /** Keys of two servers whose memory tells what one client takes. */
  memory?: { many: string; one: string };
}

export const groupNames = [
  'main',
  'algorithms',
  'workers',
  'million',
  'feed',
  'obedience',
  'smoke',
] as const;
export type GroupName = (typeof groupNames)[number];

export interface Sizes {
  /** Clients where there are many. */
  clients: number;
  /** Clients where there are very many. */
  million: number;
  workers: number;
}

const stockClientsMax = 10_000;
const changesPerSecond = 100;
/** What admins do by hand and by script, and 26 million tokens a day. */
const usual = { changesPerSecond: 20, tokensPerSecond: 300 };
const calmTokensPerSecond = 30;
const obedientClients = 1_000;

export function planGroup(name: GroupName, sizes: Sizes): GroupPlan {
  return { name, ...plans[name](sizes) };
}

const plans: Record<GroupName, (sizes: Sizes) => Omit<GroupPlan, 'name'>> = {
  main: ({ clients }) => ({
    title: 'One process',
    note: '',
    serverCores: 1,
    contestants: [bare(), stock(clients), latchkey('latchkey-1', 1), manyClients(clients)],
    comparisons: [
      {
        title: 'Latchkey with one client against the bare server',
        key: 'latchkey-1',
        against: 'bare',
        promisedMin: 0.9,
      },
      {
        title: `Latchkey with ${count(clients)} clients against one`,
        key: 'latchkey-many',
        against: 'latchkey-1',
        promisedMin: 0.95,
      },
      {
        title: `Latchkey with ${count(clients)} clients against oidc-provider as it comes`,
        key: 'latchkey-many',
        against: 'oidc-provider',
        promisedMin: 3.5,
      },
    ],
    memory: { many: 'latchkey-many', one: 'latchkey-1' },
  }),

  algorithms: () => ({
    title: 'Signing algorithms',
    note: 'RSA signatures (3,072 bits) are made on the thread pool by both servers, and on the same one core as everything else they do.',
    serverCores: 1,
    contestants: (['ES256', 'EdDSA', 'RS256'] as const).flatMap((algorithm) => [
      bare(algorithm),
      latchkey(`latchkey-${algorithm}`, 1, { name: `Latchkey, ${algorithm}`, algorithm }),
    ]),
    comparisons: [
      {
        title: 'Latchkey with RS256 against Latchkey with ES256',
        key: 'latchkey-RS256',
        against: 'latchkey-ES256',
      },
    ],
  }),

  workers: ({ workers }) => ({
    title: 'Workers',
    note: 'The same conditions for every server of this group, with one worker or several.',
    serverCores: workers,
    contestants: [
      bare(),
      latchkey('latchkey-1-worker', 1, { name: 'Latchkey, 1 worker' }),
      latchkey('latchkey-workers', 1, { name: `Latchkey, ${workers} workers`, workers }),
    ],
    comparisons: [
      {
        title: `Latchkey with ${workers} workers against one`,
        key: 'latchkey-workers',
        against: 'latchkey-1-worker',
      },
    ],
  }),

  million: ({ million }) => ({
    title: 'A million clients',
    note: '',
    serverCores: 1,
    contestants: [bare(), latchkey('latchkey-1', 1), manyClients(million)],
    comparisons: [
      {
        title: `Latchkey with ${count(million)} clients against one`,
        key: 'latchkey-many',
        against: 'latchkey-1',
      },
    ],
    memory: { many: 'latchkey-many', one: 'latchkey-1' },
  }),

  feed: ({ clients }) => ({
    title: 'While the registry changes',
    note: `A second instance changes ${changesPerSecond} clients a second, drawn at random, through its admin API, each with its audit event; the one under load forgets each, and reads it again when it asks for a token.`,
    serverCores: 1,
    contestants: [
      bare(),
      latchkey('latchkey-quiet', clients, { name: 'Latchkey, no changes' }),
      changing('latchkey-changing', clients),
    ],
    comparisons: [
      {
        title: `Latchkey with ${changesPerSecond} changes a second against none`,
        key: 'latchkey-changing',
        against: 'latchkey-quiet',
      },
    ],
  }),

  obedience: () => ({
    title: 'Until a change is obeyed',
    note: `Three instances share ${usual.tokensPerSecond} tokens a second, and two of them take ${usual.changesPerSecond} changes a second between them, each acknowledged when all three obey it; then the same with a tenth of that load.`,
    serverCores: null,
    contestants: [
      { ...bare(), tokensPerSecond: usual.tokensPerSecond },
      obedient('latchkey-busy', usual.tokensPerSecond),
      obedient('latchkey-calm', calmTokensPerSecond),
    ],
    comparisons: [],
  }),

  smoke: ({ clients, workers }) => ({
    title: 'One of each kind',
    note: 'To see that all of it runs.',
    serverCores: 1,
    contestants: [
      bare(),
      bare('RS256'),
      stock(clients),
      latchkey('latchkey-workers', 1, {
        name: `Latchkey, RS256, ${workers} workers`,
        algorithm: 'RS256',
        workers,
      }),
      changing('latchkey-changing', clients),
    ],
    comparisons: [
      { title: 'Changing against several', key: 'latchkey-changing', against: 'latchkey-workers' },
    ],
    memory: { many: 'latchkey-changing', one: 'latchkey-workers' },
  }),
};

function bare(algorithm: SigningAlgorithm = defaultSigningAlgorithm): ContestantPlan {
  const key = bareKeyOf(algorithm);
  return {
    key,
    name: key === 'bare' ? 'bare node:http' : `bare node:http, ${algorithm}`,
    kind: 'bare',
    clients: 1,
    algorithm,
    workers: 1,
    neighbours: 0,
    changesPerSecond: 0,
    tokensPerSecond: null,
    yardstick: key,
  };
}

function bareKeyOf(algorithm: SigningAlgorithm): string {
  return algorithm === defaultSigningAlgorithm ? 'bare' : `bare-${algorithm}`;
}

function stock(clientsMax: number): ContestantPlan {
  const clients = Math.min(clientsMax, stockClientsMax);
  return {
    ...bare(),
    key: 'oidc-provider',
    name: `oidc-provider as it comes, ${count(clients)} clients`,
    kind: 'oidc-provider',
    clients,
  };
}

function latchkey(
  key: string,
  clients: number,
  overrides: Partial<ContestantPlan> = {},
): ContestantPlan {
  const algorithm = overrides.algorithm ?? defaultSigningAlgorithm;
  return {
    key,
    name: clients === 1 ? 'Latchkey, 1 client' : `Latchkey, ${count(clients)} clients`,
    kind: 'latchkey',
    clients,
    algorithm,
    workers: 1,
    neighbours: 0,
    changesPerSecond: 0,
    tokensPerSecond: null,
    yardstick: bareKeyOf(algorithm),
    ...overrides,
  };
}

/** Named apart from the one with a single client, however few they are. */
function manyClients(clients: number): ContestantPlan {
  return latchkey('latchkey-many', clients, { name: `Latchkey, ${count(clients)} clients` });
}

function changing(key: string, clients: number): ContestantPlan {
  return latchkey(key, clients, {
    name: `Latchkey, ${changesPerSecond} changes/s`,
    neighbours: 1,
    changesPerSecond,
  });
}

function obedient(key: string, tokensPerSecond: number): ContestantPlan {
  return latchkey(key, obedientClients, {
    name: `Latchkey, 3 instances, ${tokensPerSecond} tokens/s`,
    neighbours: 2,
    changesPerSecond: usual.changesPerSecond,
    tokensPerSecond,
  });
}

function count(value: number): string {
  return value.toLocaleString('en');
}
