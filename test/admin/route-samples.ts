/** One request for each route that succeeds, on records of its own, and the audit event it leaves. */
import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { AdminApi, Answer } from '../support/admin-api.ts';
import type { MemberApi } from '../support/member-api.ts';
import { memberSamples } from './member-samples.ts';
import { newNotice } from './unlisted-introspection.ts';

export interface PreparedRequest {
  /** Below `/api/v1`. */
  path: string;
  body?: Record<string, unknown>;
  /** Who sends it, when it is somebody in particular; else whoever the case is about. */
  as?: MemberApi;
  /** Who its audit event names, then. */
  actor?: { type: string; id?: string; name?: string };
  /** Record id of what it is about, when neither its path nor its answer says. */
  target?: string;
}

export interface RouteSample {
  /** Makes what the request needs, as an operator. */
  prepare: (admin: AdminApi) => Promise<PreparedRequest>;
  status: number;
  /** Of routes that change something. */
  audit?: {
    action: string;
    targetType: string;
    targetId: (request: PreparedRequest, answer: Answer) => string;
  };
}

const lastSegment = ({ path }: PreparedRequest) => path.split('/').at(-1) ?? '';
const clientSegment = ({ path }: PreparedRequest) => path.split('/')[2] ?? '';
const idOf = (_request: PreparedRequest, { body }: Answer) => String(body['id']);
const kidOf = (_request: PreparedRequest, { body }: Answer) => String(body['kid']);

async function newClient(admin: AdminApi): Promise<string> {
  const api = await admin.createApi(['orders:read']);
  return (await admin.createClient([{ api: api.identifier, scopes: ['orders:read'] }])).id;
}

async function newSecret(admin: AdminApi): Promise<string> {
  const client = await newClient(admin);
  const { body } = await admin.request(`/clients/${client}/secrets`, { method: 'POST' });
  return `/clients/${client}/secrets/${String(body['id'])}`;
}

/** A new one of whoever may make one, else the admin's own. */
async function anOrganization(admin: AdminApi): Promise<string> {
  const made = await admin.request('/organizations', { method: 'POST', body: { name: 'Another' } });
  if (made.status === 201) return `/organizations/${String(made.body['id'])}`;
  const { body } = await admin.request<{ data: { id: string }[] }>('/organizations?limit=1');
  return `/organizations/${body.data[0]?.id}`;
}

async function newLocation(admin: AdminApi): Promise<string> {
  return `/locations/${await admin.createLocation()}`;
}

async function newWebhook(admin: AdminApi): Promise<string> {
  // A host that nobody has.
  return (await admin.createWebhook('https://hooks.example.com/in', ['client.restored'])).id;
}

/** By operationId. */
export const routeSamples: Readonly<Record<string, RouteSample>> = {
  listOrganizations: { prepare: async () => ({ path: '/organizations' }), status: 200 },
  createOrganization: {
    prepare: async () => ({ path: '/organizations', body: { name: 'Northwind' } }),
    status: 201,
    audit: { action: 'organization.created', targetType: 'organization', targetId: idOf },
  },
  getOrganization: {
    prepare: async (admin) => ({ path: await anOrganization(admin) }),
    status: 200,
  },
  updateOrganization: {
    prepare: async (admin) => ({
      path: await anOrganization(admin),
      body: { name: 'Northwind, renamed' },
    }),
    status: 200,
    audit: { action: 'organization.updated', targetType: 'organization', targetId: lastSegment },
  },
  deleteOrganization: {
    prepare: async (admin) => ({ path: await anOrganization(admin) }),
    status: 204,
    audit: { action: 'organization.deleted', targetType: 'organization', targetId: lastSegment },
  },
  listRefusedAttempts: { prepare: async () => ({ path: '/refused-attempts' }), status: 200 },
  listAccess: { prepare: async () => ({ path: '/access' }), status: 200 },
  listLocations: { prepare: async () => ({ path: '/locations' }), status: 200 },
  createLocation: {
    prepare: async () => ({ path: '/locations', body: { name: 'Harbour Street' } }),
    status: 201,
    audit: { action: 'location.created', targetType: 'location', targetId: idOf },
  },
  getLocation: { prepare: async (admin) => ({ path: await newLocation(admin) }), status: 200 },
  updateLocation: {
    prepare: async (admin) => ({ path: await newLocation(admin), body: { active: false } }),
    status: 200,
    audit: { action: 'location.updated', targetType: 'location', targetId: lastSegment },
  },
  deleteLocation: {
    prepare: async (admin) => ({ path: await newLocation(admin) }),
    status: 204,
    audit: { action: 'location.deleted', targetType: 'location', targetId: lastSegment },
  },
  listApis: { prepare: async () => ({ path: '/apis' }), status: 200 },
  createApi: {
    prepare: async () => ({
      path: '/apis',
      body: {
        identifier: `https://${randomBytes(6).toString('hex')}.example.com`,
        name: 'Orders',
        scopes: [{ value: 'orders:read', description: 'See orders' }],
      },
    }),
    status: 201,
    audit: { action: 'api.created', targetType: 'api', targetId: idOf },
  },
  getApi: {
    prepare: async (admin) => ({ path: `/apis/${(await admin.createApi(['r'])).id}` }),
    status: 200,
  },
  updateApi: {
    prepare: async (admin) => ({
      path: `/apis/${(await admin.createApi(['r'])).id}`,
      body: { name: 'Orders, renamed' },
    }),
    status: 200,
    audit: { action: 'api.updated', targetType: 'api', targetId: lastSegment },
  },
  deleteApi: {
    prepare: async (admin) => ({ path: `/apis/${(await admin.createApi(['r'])).id}` }),
    status: 204,
    audit: { action: 'api.deleted', targetType: 'api', targetId: lastSegment },
  },
  listClients: { prepare: async () => ({ path: '/clients' }), status: 200 },
  createClient: {
    prepare: async () => ({ path: '/clients', body: { name: 'Shop' } }),
    status: 201,
    audit: { action: 'client.created', targetType: 'client', targetId: idOf },
  },
  getClient: {
    prepare: async (admin) => ({ path: `/clients/${await newClient(admin)}` }),
    status: 200,
  },
  updateClient: {
    prepare: async (admin) => ({
      path: `/clients/${await newClient(admin)}`,
      body: { name: 'Shop, renamed' },
    }),
    status: 200,
    audit: { action: 'client.updated', targetType: 'client', targetId: lastSegment },
  },
  deleteClient: {
    prepare: async (admin) => ({ path: `/clients/${await newClient(admin)}` }),
    status: 204,
    audit: { action: 'client.deleted', targetType: 'client', targetId: lastSegment },
  },
  restoreClient: {
    prepare: async (admin) => {
      const client = await newClient(admin);
      await admin.request(`/clients/${client}`, { method: 'DELETE' });
      return { path: `/clients/${client}/restore` };
    },
    status: 200,
    audit: { action: 'client.restored', targetType: 'client', targetId: clientSegment },
  },
  regenerateClient: {
    prepare: async (admin) => ({
      path: `/clients/${await newClient(admin)}/regenerate`,
      body: { client_id: true },
    }),
    status: 200,
    audit: { action: 'client.regenerated', targetType: 'client', targetId: clientSegment },
  },
  listClientSecrets: {
    prepare: async (admin) => ({ path: `/clients/${await newClient(admin)}/secrets` }),
    status: 200,
  },
  createClientSecret: {
    prepare: async (admin) => ({
      path: `/clients/${await newClient(admin)}/secrets`,
      body: { expires_in_seconds: 60 },
    }),
    status: 201,
    audit: { action: 'client_secret.created', targetType: 'client_secret', targetId: idOf },
  },
  revokeClientSecret: {
    prepare: async (admin) => ({ path: await newSecret(admin) }),
    status: 204,
    audit: { action: 'client_secret.revoked', targetType: 'client_secret', targetId: lastSegment },
  },
  keepClientSecret: {
    prepare: async (admin) => {
      const secret = await newSecret(admin);
      const path = secret.slice(0, secret.lastIndexOf('/'));
      await admin.request(path, { method: 'POST', body: { retire_others_in_seconds: 60 } });
      return { path: `${secret}/keep` };
    },
    status: 200,
    audit: { action: 'client_secret.kept', targetType: 'client_secret', targetId: idOf },
  },
  listSigningKeys: { prepare: async () => ({ path: '/signing-keys' }), status: 200 },
  rotateSigningKey: {
    prepare: async () => ({
      path: '/signing-keys/rotate',
      body: { alg: 'EdDSA', emergency: true },
    }),
    status: 201,
    audit: { action: 'signing_key.rotated', targetType: 'signing_key', targetId: kidOf },
  },
  revokeSigningKey: {
    prepare: async (admin) => {
      const { body } = await admin.request('/signing-keys/rotate', {
        method: 'POST',
        body: { alg: 'EdDSA', emergency: true },
      });
      return { path: `/signing-keys/${String(body['kid'])}/revoke` };
    },
    status: 200,
    audit: { action: 'signing_key.revoked', targetType: 'signing_key', targetId: kidOf },
  },
  revoke: {
    prepare: async (admin) => ({
      path: '/revocations',
      body: { client: await newClient(admin) },
    }),
    status: 200,
    audit: {
      action: 'client.tokens_revoked',
      targetType: 'client',
      targetId: ({ body }) => String(body?.['client']),
    },
  },
  listClientFailures: {
    prepare: async (admin) => ({ path: `/clients/${await newClient(admin)}/failures` }),
    status: 200,
  },
  listFailures: {
    prepare: async () => ({ path: '/failures' }),
    status: 200,
  },
  getClientImpact: {
    prepare: async (admin) => ({ path: `/clients/${await newClient(admin)}/impact` }),
    status: 200,
  },
  getClientQuickStart: {
    prepare: async (admin) => ({ path: `/clients/${await newClient(admin)}/quick-start` }),
    status: 200,
  },
  mintOneOffToken: {
    prepare: async (admin) => ({
      path: `/clients/${await newClient(admin)}/token`,
      body: { scope: 'orders:read' },
    }),
    status: 200,
    audit: {
      action: 'access_token.minted',
      targetType: 'access_token',
      targetId: (_request, { body }) => String(decodeJwt(String(body['access_token'])).jti),
    },
  },
  listUnusedScopes: { prepare: async () => ({ path: '/usage/unused-scopes' }), status: 200 },
  listUsage: { prepare: async () => ({ path: '/usage' }), status: 200 },
  listNotices: { prepare: async () => ({ path: '/notices' }), status: 200 },
  readNotice: {
    prepare: async (admin) => ({ path: `/notices/${(await newNotice(admin)).id}/read` }),
    status: 200,
    audit: { action: 'notice.read', targetType: 'notice', targetId: clientSegment },
  },
  readNotices: {
    prepare: async (admin) => {
      const { organization, last_occurred_at: until } = await newNotice(admin);
      return { path: '/notices/read', body: { until }, target: organization };
    },
    status: 200,
    audit: {
      action: 'notice.read',
      targetType: 'organization',
      targetId: ({ target }) => target ?? '',
    },
  },
  listWebhooks: { prepare: async () => ({ path: '/webhooks' }), status: 200 },
  createWebhook: {
    prepare: async () => ({
      path: '/webhooks',
      body: {
        url: 'https://hooks.example.com/in',
        events: [{ entity: 'client', operation: 'restored' }],
      },
    }),
    status: 201,
    audit: { action: 'webhook.created', targetType: 'webhook', targetId: idOf },
  },
  getWebhook: {
    prepare: async (admin) => ({ path: `/webhooks/${await newWebhook(admin)}` }),
    status: 200,
  },
  updateWebhook: {
    prepare: async (admin) => ({
      path: `/webhooks/${await newWebhook(admin)}`,
      body: { active: false },
    }),
    status: 200,
    audit: { action: 'webhook.updated', targetType: 'webhook', targetId: lastSegment },
  },
  deleteWebhook: {
    prepare: async (admin) => ({ path: `/webhooks/${await newWebhook(admin)}` }),
    status: 204,
    audit: { action: 'webhook.deleted', targetType: 'webhook', targetId: lastSegment },
  },
  rotateWebhookSecret: {
    prepare: async (admin) => ({
      path: `/webhooks/${await newWebhook(admin)}/rotate-secret`,
      body: { overlap_seconds: 60 },
    }),
    status: 200,
    audit: { action: 'webhook.secret_rotated', targetType: 'webhook', targetId: idOf },
  },
  testWebhook: {
    prepare: async (admin) => ({ path: `/webhooks/${await newWebhook(admin)}/test` }),
    status: 202,
    audit: { action: 'webhook.tested', targetType: 'webhook', targetId: clientSegment },
  },
  listWebhookDeliveries: {
    prepare: async (admin) => ({ path: `/webhooks/${await newWebhook(admin)}/deliveries` }),
    status: 200,
  },
  replayWebhookDelivery: {
    prepare: async (admin) => {
      const webhook = await newWebhook(admin);
      const { body } = await admin.request(`/webhooks/${webhook}/test`, { method: 'POST' });
      return { path: `/webhooks/${webhook}/deliveries/${String(body['id'])}/replay` };
    },
    status: 202,
    audit: { action: 'webhook.replayed', targetType: 'webhook', targetId: clientSegment },
  },
  verifyAuditEvents: {
    prepare: async () => ({ path: '/audit-events/verification' }),
    status: 200,
  },
  exportAuditEvents: { prepare: async () => ({ path: '/audit-events/export' }), status: 200 },
  listAuditKeys: { prepare: async () => ({ path: '/audit-keys' }), status: 200 },
  rotateAuditKey: {
    prepare: async () => ({ path: '/audit-keys/rotate' }),
    status: 201,
    audit: { action: 'audit_key.rotated', targetType: 'audit_key', targetId: kidOf },
  },
  ...memberSamples,
  listAuditEvents: { prepare: async () => ({ path: '/audit-events' }), status: 200 },
};

export function getSample(operationId: string): RouteSample {
  const sample = routeSamples[operationId];
  if (!sample) throw new Error(`route-samples.ts has no sample for ${operationId}: write one`);
  return sample;
}
