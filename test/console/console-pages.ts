/** Every page of the console, with an address that shows something: what holds for all of them is tested on each. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the pages show. */
export interface PageWorld {
  /** Of an open invitation. */
  link: string;
  /** Record ids. */
  api: string;
  client: string;
  location: string;
  member: string;
  webhook: string;
}

type Address = string | ((world: PageWorld) => string);

/** By the route, as `routes.tsx` writes it. */
export const pagesInFrontOfTheDoor: Readonly<Record<string, Address>> = {
  '/first-run': `/first-run#lki_${'0'.repeat(43)}`,
  '/invitation': ({ link }) => `/invitation#${link}`,
  '/sign-in': '/sign-in',
};

export const pagesBehindTheDoor: Readonly<Record<string, Address>> = {
  '/': '/',
  '/apis': '/apis',
  '/apis/$id': ({ api }) => `/apis/${api}`,
  '/apis/new': '/apis/new',
  '/audit': '/audit',
  '/clients': '/clients',
  '/clients/$id': ({ client }) => `/clients/${client}`,
  '/clients/new': '/clients/new',
  '/first-steps': '/first-steps',
  '/access': '/access',
  '/locations': '/locations',
  '/locations/$id': ({ location }) => `/locations/${location}`,
  '/members': '/members',
  '/members/$id': ({ member }) => `/members/${member}`,
  '/members/invite': '/members/invite',
  '/notices': '/notices',
  '/organization': '/organization',
  '/settings': '/settings',
  '/signing-keys': '/signing-keys',
  '/usage': '/usage',
  '/webhooks': '/webhooks',
  '/webhooks/$id': ({ webhook }) => `/webhooks/${webhook}`,
  '/webhooks/new': '/webhooks/new',
};

export function addressOf(page: Address, world: PageWorld): string {
  return typeof page === 'string' ? page : page(world);
}

/** What the files `routes.tsx` declare. */
export function declaredPages(): string[] {
  const root = fileURLToPath(new URL('../../console/src', import.meta.url));
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('routes.tsx'))
    .flatMap((name) => [
      ...readFileSync(join(root, name), 'utf8').matchAll(/^ {2}path: '([^']+)'/gm),
    ])
    .map(([, path = '']) => path)
    .sort();
}
