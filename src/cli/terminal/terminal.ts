/** What a command reads and writes. The result goes to standard output, all other words to standard error. */
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { toPrintable, toPrintableJson } from './printable-text.ts';

export interface TerminalStreams {
  input: Readable & { isTTY?: boolean };
  output: Writable;
  error: Writable & { isTTY?: boolean };
}

const inputBytesMax = 1_048_576;

export class Terminal {
  readonly #streams: TerminalStreams;

  constructor(streams: TerminalStreams) {
    this.#streams = streams;
  }

  /** Whether somebody sits there who can answer a question. */
  get isInteractive(): boolean {
    return this.#streams.input.isTTY === true && this.#streams.error.isTTY === true;
  }

  get inputIsTerminal(): boolean {
    return this.#streams.input.isTTY === true;
  }

  /** Each string is one line: what it holds cannot begin another. */
  print(...lines: readonly string[]): void {
    this.#streams.output.write(toPrintableLines(lines));
  }

  /** Several lines as they are, tabs at their beginnings included; controls are left out. */
  printText(text: string): void {
    const lines = text.replace(/\n$/, '').split('\n');
    this.#streams.output.write(lines.map((line) => `${toPrintableLine(line)}\n`).join(''));
  }

  printJson(value: unknown): void {
    this.#streams.output.write(`${toPrintableJson(value)}\n`);
  }

  /** Data for another program, as it comes. */
  async writeAll(chunks: AsyncIterable<string>): Promise<void> {
    await pipeline(chunks, this.#streams.output, { end: false });
  }

  get input(): Readable {
    return this.#streams.input;
  }

  /** For people, beside the result: progress, hints and errors. */
  note(...lines: readonly string[]): void {
    this.#streams.error.write(toPrintableLines(lines));
  }

  noteJson(value: unknown): void {
    this.#streams.error.write(`${toPrintableJson(value)}\n`);
  }

  /** Only "y" and "yes" are a yes. Ask `isInteractive` first. */
  async confirm(question: string): Promise<boolean> {
    const { input, error } = this.#streams;
    // The terminal itself edits the line.
    const dialog = createInterface({ input, terminal: false });
    error.write(`${toPrintable(question)} [y/N] `);
    const answer = await new Promise<string>((resolve) => {
      dialog.once('line', resolve);
      // The end of the input is not a yes.
      dialog.once('close', () => resolve(''));
    });
    dialog.close();
    return /^\s*y(es)?\s*$/i.test(answer);
  }

  /** All of standard input. */
  async readInput(): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.#streams.input) {
      // Without an encoding a byte stream yields buffers; strings come from tests only.
      const buffer = Buffer.from(chunk as Buffer | string);
      bytes += buffer.length;
      if (bytes > inputBytesMax) throw new Error('standard input is larger than 1 MB');
      chunks.push(buffer);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

function toPrintableLines(lines: readonly string[]): string {
  return lines.map((line) => `${toPrintable(line).trimEnd()}\n`).join('');
}

function toPrintableLine(line: string): string {
  const [indent = ''] = /^\t*/.exec(line) ?? [];
  return indent + toPrintable(line.slice(indent.length));
}
