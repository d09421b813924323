/** Where finished log lines go: standard output, which may be a pipe that other processes write to as well. */
import type { Writable } from 'node:stream';

/** So much is written to a pipe at once or not at all, and never mixes with what others write. */
const atomicBytesMax = 4_096;
/** A reader may be slow, but what waits for it waits in our memory. */
const waitingBytesMax = 16_777_216;
const lineEnd = 0x0a;

/** A line of the log that says how many of it are missing. */
export type LossDescription = (lost: number) => string;

/**
 * Writes the lines of one turn of the event loop together. Not pino's own writer: at exit it would try for
 * ever to reach a reader that is gone. What cannot be written (a full disk, a reader that is gone or too
 * slow) is lost and counted, and said once writing works again: no log ends a server.
 */
export class LogOutput {
  protected readonly output: Writable;
  readonly #describeLoss: LossDescription;
  #lines = '';
  #lost = 0;
  /** How many of the lost the log has told of. */
  #told = 0;
  #isTelling = false;

  constructor(output: Writable, describeLoss: LossDescription) {
    this.output = output;
    this.#describeLoss = describeLoss;
    // Each write is told of its own failure.
    output.on('error', () => undefined);
    process.once('exit', () => this.#flush());
  }

  /** Lines that were never written. */
  get lost(): number {
    return this.#lost;
  }

  write(line: string): void {
    if (this.#lines === '') setImmediate(() => this.#flush());
    this.#lines += line;
  }

  #flush(): void {
    const lines = this.#lines;
    if (lines === '') return;
    this.#lines = '';
    if (this.waitingBytes() + lines.length > waitingBytesMax) return this.noteLost(lines);
    if (this.#told < this.#lost && !this.#isTelling) this.#tellLoss();
    this.writeOut(lines);
  }

  #tellLoss(): void {
    const upTo = this.#lost;
    this.#isTelling = true;
    // What a full disk took last may end in the middle of a line.
    this.output.write(`\n${this.#describeLoss(upTo - this.#told)}`, (error) => {
      this.#isTelling = false;
      if (!error) this.#told = upTo;
    });
  }

  protected waitingBytes(): number {
    return this.output.writableLength;
  }

  protected writeOut(lines: string): void {
    this.output.write(lines, (error) => {
      if (error) this.noteLost(lines);
    });
  }

  protected noteLost(lines: string): void {
    this.#lost += lines.split('\n').length - 1;
  }
}

/**
 * For an output shared with other processes: a few whole lines at a time, and the next when they are
 * written, because a stream joins what waits. Only a line longer than `atomicBytesMax` may be torn.
 */
export class SharedLogOutput extends LogOutput {
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isWriting = false;

  constructor(output: Writable, describeLoss: LossDescription) {
    super(output, describeLoss);
    process.once('exit', () => {
      for (const piece of this.#waiting) output.write(piece);
    });
  }

  protected override waitingBytes(): number {
    return super.waitingBytes() + this.#waitingBytes;
  }

  protected override writeOut(lines: string): void {
    const bytes = Buffer.from(lines);
    this.#waitingBytes += bytes.length;
    this.#waiting.push(...splitLines(bytes));
    if (!this.#isWriting) this.#writeNext();
  }

  #writeNext(): void {
    const next = this.#waiting.shift();
    this.#isWriting = next !== undefined;
    if (next === undefined) return;
    this.#waitingBytes -= next.length;
    this.output.write(next, (error) => {
      if (error) this.noteLost(next.toString());
      this.#writeNext();
    });
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
