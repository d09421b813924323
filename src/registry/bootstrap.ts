/** First start: an organization, the built-in admin API, and an admin client that operates the instance. */
import type { Actor } from '../model/principal.ts';
import { permissionDescriptions, permissions } from '../model/permission.ts';
import type { Api } from '../model/records.ts';
import { RegistryError } from '../model/registry-error.ts';
import { defaultSigningAlgorithm } from '../model/signing-algorithm.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import { createRecordId, generateClientId, generateClientSecret } from './credential.ts';
import { insertClientSecret } from './new-client-secret.ts';

export interface BootstrapCredential {
  clientId: string;
  clientSecret: string;
}

/** The operator at the machine itself, who needs no credential: they have the database. */
export const operatorAtTheMachine: Actor = {
  principal: {
    type: 'operator',
    id: 'system',
    name: 'operator at the machine',
    organizationId: '',
    locationId: null,
    permissions: new Set(permissions),
  },
  origin: { requestId: 'start', address: null },
};

export function adminApiIdentifier(issuer: string): string {
  return `${issuer}/api`;
}

export class Bootstrap {
  readonly #store: Store;
  readonly #issuer: string;

  constructor(dependencies: { store: Store; issuer: string }) {
    this.#store = dependencies.store;
    this.#issuer = dependencies.issuer;
  }

  /** The organization and the admin API, whichever instance is first; the API follows the issuer. */
  async ensureFoundation(): Promise<void> {
    await this.#store.change(operatorAtTheMachine, async (change) => {
      await change.serialize('bootstrap');
      const api = await change.apis.findBuiltIn();
      const complete = api?.identifier === adminApiIdentifier(this.#issuer) && isComplete(api);
      if (complete && (await change.organizations.findFirst())) return change.unchanged();
      const organizationId = await ensureOrganization(change);
      if (api) {
        await requireFreeIdentifier(change, api, adminApiIdentifier(this.#issuer));
        await change.apis.update(api.id, { identifier: adminApiIdentifier(this.#issuer) });
        await change.apis.replaceScopes(api.id, permissionScopes());
      } else {
        await insertAdminApi(change, adminApiIdentifier(this.#issuer));
      }
      change.audit({
        action: 'instance.bootstrapped',
        targetType: 'instance',
        targetId: organizationId,
        organizationId,
        details: { admin_api: adminApiIdentifier(this.#issuer) },
      });
    });
  }

  /**
   * The first operator, from the given credential or a new one. Undefined when there is one already, or
   * ever was, unless `force` asks for another: the way back in for whoever has the database.
   */
  async createOperator(
    options: { credential?: BootstrapCredential | undefined; force?: boolean } = {},
  ): Promise<BootstrapCredential | undefined> {
    const credential = options.credential ?? {
      clientId: generateClientId(),
      clientSecret: generateClientSecret(),
    };
    const { value } = await this.#store.change(operatorAtTheMachine, async (change) => {
      await change.serialize('bootstrap');
      const api = await change.apis.findBuiltIn();
      if (!api) throw new Error('the built-in admin API is missing');
      if (!options.force && (await change.grants.hasEverHeld(api.id, 'instance:operate'))) {
        change.unchanged();
        return undefined;
      }
      const organization = await change.organizations.findFirst();
      if (!organization) throw new Error('the first organization is missing');
      await insertOperator(change, api, organization.id, credential);
      return credential;
    });
    return value;
  }

  /** Whether anybody was ever given the run of this instance. */
  async hasOperator(): Promise<boolean> {
    return this.#store.read(async ({ apis, grants }) => {
      const api = await apis.findBuiltIn();
      return api !== undefined && grants.hasEverHeld(api.id, 'instance:operate');
    });
  }
}

function permissionScopes() {
  return permissions.map((value) => ({ value, description: permissionDescriptions[value] }));
}

function isComplete(api: Api): boolean {
  return (
    api.scopes.length === permissions.length &&
    api.scopes.every(({ value }, index) => value === permissions[index])
  );
}

async function ensureOrganization(change: RegistryChange): Promise<string> {
  const existing = await change.organizations.findFirst();
  if (existing) return existing.id;
  const id = createRecordId('org');
  await change.organizations.insert({
    id,
    name: 'My organization',
    active: true,
    createdAt: change.now,
  });
  return id;
}

async function insertAdminApi(change: RegistryChange, identifier: string): Promise<void> {
  const id = createRecordId('api');
  const inserted = await change.apis.insertIfIdentifierIsNew({
    id,
    organizationId: null,
    identifier,
    name: 'Latchkey admin API',
    scopes: permissionScopes(),
    accessTokenLifetimeSeconds: 3600,
    signingAlgorithm: defaultSigningAlgorithm,
    tokenType: 'at+jwt',
    introspectionClientIds: [],
    builtIn: true,
    createdAt: change.now,
  });
  if (!inserted) throw new Error(`the identifier ${identifier} belongs to another API already`);
  change.touch('apis', id);
}

async function insertOperator(
  change: RegistryChange,
  api: Api,
  organizationId: string,
  credential: BootstrapCredential,
): Promise<void> {
  const id = createRecordId('client');
  await change.clients.insert({
    id,
    clientId: credential.clientId,
    organizationId,
    locationId: null,
    name: 'First admin',
    description: 'Made at first start; operates the instance.',
    active: true,
    authenticationMethod: 'client_secret',
    accessTokenLifetimeSeconds: null,
    exemptFromInactivity: true,
    grants: [
      { apiId: api.id, apiIdentifier: api.identifier, scopes: [...permissions], isDefault: true },
    ],
    createdAt: change.now,
  });
  const hint = await insertClientSecret(change, {
    clientRecordId: id,
    clientSecret: credential.clientSecret,
    createdBy: operatorAtTheMachine.principal,
    expiresAt: null,
  });
  change.touch('clients', id);
  change.onlyAdds();
  change.audit({
    action: 'client.created',
    targetType: 'client',
    targetId: id,
    organizationId,
    details: { name: 'First admin', client_id: credential.clientId, hint, operator: true },
  });
}

/** The issuer moves only to where nobody has registered an API before. */
async function requireFreeIdentifier(
  change: RegistryChange,
  adminApi: Api,
  identifier: string,
): Promise<void> {
  if (adminApi.identifier === identifier || !(await change.apis.isIdentifierTaken(identifier)))
    return;
  throw new RegistryError(
    'conflict',
    `the issuer cannot move here: the identifier ${identifier} belongs, or belonged, to another API`,
  );
}
