/** Of several things that were asked for at once some were not done: which, and why. The others were. */

export interface NotDone {
  id: string;
  name: string;
  /** What the server said, or that it did not. */
  problem: unknown;
}

export class PartialFailure extends Error {
  override readonly name = 'PartialFailure';
  readonly notDone: readonly NotDone[];

  /** `message` is for people: how many were done. */
  constructor(message: string, notDone: readonly NotDone[]) {
    super(message);
    this.notDone = notDone;
  }
}
