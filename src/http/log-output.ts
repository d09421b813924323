/** Where finished log lines go: standard output, which may be a pipe that other processes write to as well. */

/** So much is written to a pipe at once or not at all, and never mixes with what others write. */
const atomicBytesMax = 4_096;
const lineEnd = 0x0a;

/**
 * Writes the lines of one turn of the event loop together. Not pino's own writer: at exit it would try for
 * ever to reach a reader that is gone.
 */
export class LogOutput {
  protected readonly output: NodeJS.WritableStream;
  #lines = '';

  constructor(output: NodeJS.WritableStream) {
    this.output = output;
    process.once('exit', () => this.#flush());
  }

  write(line: string): void {
    if (this.#lines === '') setImmediate(() => this.#flush());
    this.#lines += line;
  }

  #flush(): void {
    if (this.#lines !== '') this.writeOut(this.#lines);
    this.#lines = '';
  }

  protected writeOut(lines: string): void {
    this.output.write(lines);
  }
}

/**
 * For an output shared with other processes: a few whole lines at a time, and the next when they are
 * written, because a stream joins what waits. Only a line longer than `atomicBytesMax` may be torn.
 */
export class SharedLogOutput extends LogOutput {
  readonly #waiting: Buffer[] = [];
  #isWriting = false;

  constructor(output: NodeJS.WritableStream) {
    super(output);
    process.once('exit', () => {
      for (const piece of this.#waiting) output.write(piece);
    });
  }

  protected override writeOut(lines: string): void {
    this.#waiting.push(...splitLines(Buffer.from(lines)));
    if (!this.#isWriting) this.#writeNext();
  }

  #writeNext(): void {
    const next = this.#waiting.shift();
    this.#isWriting = next !== undefined;
    if (next !== undefined) this.output.write(next, () => this.#writeNext());
  }
}

/** In pieces of whole lines, each as long as may be; a line that is too long is a piece of its own. */
function splitLines(lines: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = 0, to = 0; from < lines.length; from = to) {
    const last = Math.min(from + atomicBytesMax, lines.length) - 1;
    to = lines.lastIndexOf(lineEnd, last) + 1;
    if (to <= from) to = lines.indexOf(lineEnd, from) + 1 || lines.length;
    pieces.push(lines.subarray(from, to));
  }
  return pieces;
}
