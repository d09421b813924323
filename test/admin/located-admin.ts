/** An operator who makes what a request needs in one location, where it can be in one. */
import { AdminApi, type Answer, type RequestOptions } from '../support/admin-api.ts';
import type { ServerAddress } from '../support/server-process.ts';

/** Routes whose records belong to a location if one is named. */
const locatedPaths: readonly string[] = ['/clients', '/webhooks', '/members', '/invitations'];

export class LocatedAdmin extends AdminApi {
  readonly location: string;

  constructor(server: ServerAddress, location: string) {
    super(server);
    this.location = location;
  }

  override async createLocation(): Promise<string> {
    return this.location;
  }

  override async request<Body = Record<string, unknown>>(
    path: string,
    options: RequestOptions = {},
  ): Promise<Answer<Body>> {
    const isLocated = options.method === 'POST' && locatedPaths.includes(path);
    if (!isLocated) return super.request(path, options);
    return super.request(path, {
      ...options,
      // Every such body is an object.
      body: { location: this.location, ...(options.body as object) },
    });
  }
}
