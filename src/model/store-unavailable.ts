/** The database did not answer in time, or at all: the request may be repeated (503, Retry-After). */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super('the database is unavailable', { cause });
    this.name = 'StoreUnavailable';
  }
}
