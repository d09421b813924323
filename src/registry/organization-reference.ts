/** The organization a request means: the caller's own unless it names one it may see. */
import { maySeeOrganization, type Principal } from '../model/principal.ts';
import { invalidAt } from '../model/registry-error.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';

export async function resolveOrganization(
  change: RegistryChange,
  principal: Principal,
  organization: string | undefined,
): Promise<string> {
  if (organization === undefined || organization === principal.organizationId)
    return principal.organizationId;
  const found = maySeeOrganization(principal, organization)
    ? await change.organizations.hold(organization)
    : undefined;
  if (!found)
    throw invalidAt('/organization', 'there is no such organization, or it is not yours to see');
  return found.id;
}
