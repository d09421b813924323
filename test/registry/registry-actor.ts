/** Who acts on a registry in this process, and the client it registers when nothing else is asked for. */
import type { Actor } from '../../src/model/principal.ts';
import { operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import type { ClientRequest } from '../../src/registry/client-request.ts';
import type { Store } from '../../src/store/store.ts';

/** The operator at the machine, for whom `organization: undefined` is the one of the first start. */
export async function findOperator(store: Store): Promise<Actor> {
  const organization = await store.read(({ organizations }) => organizations.findFirst());
  if (organization === undefined) throw new Error('the registry has no foundation yet');
  const { principal, origin } = operatorAtTheMachine;
  return { principal: { ...principal, organizationId: organization.id }, origin };
}

export function clientRequest(overrides: Partial<ClientRequest> = {}): ClientRequest {
  return {
    name: 'A client',
    description: '',
    organization: undefined,
    location: undefined,
    member: undefined,
    grants: [],
    active: true,
    authenticationMethod: 'client_secret',
    accessTokenLifetimeSeconds: null,
    exemptFromInactivity: false,
    ...overrides,
  };
}
