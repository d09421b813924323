/** Turns the grants of a request into those of a record: every API visible, every scope defined. */
import { maySeeOrganization, type Principal } from '../model/principal.ts';
import { RegistryError, type Fault } from '../model/registry-error.ts';
import type { Api, Client, Grant } from '../model/records.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';

/** An answer must not be many times its request. */
const faultsShownMax = 50;

export interface GrantRequest {
  /** Identifier or record id of an API. */
  api: string;
  scopes: string[];
  isDefault: boolean;
}

/**
 * Nobody changes the APIs that are granted, or are to be, until the change is over. Also what is replaced:
 * an API that loses a scope at this moment takes it from the old grants.
 */
export async function holdApis(
  change: RegistryChange,
  before: Pick<Client, 'grants'> | undefined,
  requests: readonly GrantRequest[],
): Promise<Api[]> {
  return change.apis.holdByReferences(
    requests.map(({ api }) => api),
    before?.grants.map(({ apiId }) => apiId),
  );
}

/**
 * The first grant is the default unless another says so. Throws `invalid` with every fault at once; an
 * API that the principal, or the client's organization, may not see does not exist for it.
 */
export async function resolveGrants(
  change: RegistryChange,
  principal: Principal,
  clientOrganizationId: string,
  requests: readonly GrantRequest[],
  before: readonly Grant[] = [],
): Promise<Grant[]> {
  const found = await holdApis(change, { grants: [...before] }, requests);
  if (requests.length === 0) return [];
  const usable = found.filter(
    ({ organizationId }) =>
      organizationId === null ||
      (maySeeOrganization(principal, organizationId) && organizationId === clientOrganizationId),
  );
  const faults: Fault[] = [];
  const seen = new Set<string>();
  const grants = requests.map((request, index): Grant => {
    const api = usable.find(
      ({ identifier, id }) => identifier === request.api || id === request.api,
    );
    if (api) faults.push(...findScopeFaults(api, request, index));
    else
      faults.push({
        pointer: `/grants/${index}/api`,
        detail: 'there is no such API: name the identifier of one you see',
      });
    if (api && seen.has(api.id))
      faults.push({
        pointer: `/grants/${index}/api`,
        detail: 'the API is granted twice: join the two',
      });
    if (api) seen.add(api.id);
    return {
      apiId: api?.id ?? '',
      apiIdentifier: api?.identifier ?? '',
      scopes: [...new Set(request.scopes)],
      isDefault: request.isDefault,
    };
  });
  if (grants.filter(({ isDefault }) => isDefault).length > 1) {
    faults.push({ pointer: '/grants', detail: 'only one grant can be the default' });
  }
  if (faults.length > 0)
    throw new RegistryError('invalid', 'the grants cannot be given as asked', {
      faults: faults.slice(0, faultsShownMax),
    });
  const defaultIndex = Math.max(
    0,
    grants.findIndex(({ isDefault }) => isDefault),
  );
  return grants.map((grant, index) => ({ ...grant, isDefault: index === defaultIndex }));
}

function findScopeFaults(api: Api, request: GrantRequest, index: number): Fault[] {
  return request.scopes.flatMap((scope, position) =>
    api.scopes.some(({ value }) => value === scope)
      ? []
      : [
          {
            pointer: `/grants/${index}/scopes/${position}`,
            detail: `${api.identifier} has no such scope`,
          },
        ],
  );
}
