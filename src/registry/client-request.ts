/** What a client is registered with, and what of it can be changed afterwards. */
import type { Patch } from '../model/defined-fields.ts';
import type { AuthenticationMethod } from '../model/records.ts';
import type { GrantRequest } from './client-grants.ts';

export interface ClientRequest {
  name: string;
  description: string;
  organization: string | undefined;
  /** undefined: the caller's own; null: none, it is the organization's own. */
  location: string | null | undefined;
  /** Record id of the member whose it is to be. */
  member: string | null | undefined;
  grants: GrantRequest[];
  active: boolean;
  authenticationMethod: AuthenticationMethod;
  accessTokenLifetimeSeconds: number | null;
  exemptFromInactivity: boolean;
}

export type ClientChanges = Patch<
  Pick<
    ClientRequest,
    | 'name'
    | 'description'
    | 'location'
    | 'member'
    | 'grants'
    | 'active'
    | 'accessTokenLifetimeSeconds'
    | 'exemptFromInactivity'
  >
>;
