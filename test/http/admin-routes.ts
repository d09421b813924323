/** Every path that is for admins, from the OpenAPI document and the routers beside it, so that none is forgotten. */
import { readFileSync } from 'node:fs';
import { composedRouters } from '../admin/declared-routes.ts';

interface Operation {
  operationId: string;
  security?: object[];
}

export interface AdminRoute {
  /** In capital letters. */
  method: string;
  /** Of a record that is not there, where it has a parameter. */
  path: string;
  isPublic: boolean;
}

// JSON of our own making; only this of it is read.
const { paths } = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
) as { paths: Record<string, Record<string, Operation>> };

/** Of the admin API. */
export const apiRoutes: AdminRoute[] = Object.entries(paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, { security = [] }]) => ({
    method: method.toUpperCase(),
    path: path.replaceAll(/\{\w+\}/g, 'none_1'),
    isPublic: security.length === 0,
  })),
);

/** The API reference and the console; `{*path}` and `:file` are what a browser asks for below them. */
export const pagePaths: string[] = composedRouters.adminRouters
  .flatMap(({ stack }) => stack.filter(({ name }) => !name?.startsWith('/api/v1/')))
  .map(({ path }) => String(path).replace('{*path}', 'clients').replace(':file', 'index.js'));

export const adminPaths: string[] = [
  ...new Set([...apiRoutes.map(({ path }) => path), ...pagePaths]),
];
