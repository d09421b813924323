/** The database did not answer in time, or at all: the request may be repeated (503, Retry-After). */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super('the database is unavailable', { cause });
    this.name = 'StoreUnavailable';
  }
}

/** It went away while a change was being stored, and could not be asked since: the change may have been made. */
export class ChangeOutcomeUnknown extends StoreUnavailable {
  constructor(cause: unknown) {
    super(cause);
    this.name = 'ChangeOutcomeUnknown';
  }
}
