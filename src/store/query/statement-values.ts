/** The values of one statement that is put together of parts. */
export class StatementValues {
  readonly all: unknown[] = [];

  /** Returns the place where the statement says it: `$1`, `$2`, … */
  add(value: unknown): string {
    this.all.push(value);
    return `$${this.all.length}`;
  }
}
