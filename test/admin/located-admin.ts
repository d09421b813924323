/** Makes what requests need as an operator does, but in one location: its clients, and itself where one is named. */
import type { RegisteredClient } from '../support/admin-api.ts';
import { AdminApi } from '../support/admin-api.ts';
import type { ServerAddress } from '../support/server-process.ts';

export class LocatedAdmin extends AdminApi {
  readonly location: string;

  constructor(server: ServerAddress, location: string) {
    super(server);
    this.location = location;
  }

  override async createLocation(): Promise<string> {
    return this.location;
  }

  override async createClient(
    grants: readonly object[],
    overrides: Record<string, unknown> = {},
  ): Promise<RegisteredClient> {
    return super.createClient(grants, { location: this.location, ...overrides });
  }
}
