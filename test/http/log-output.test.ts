/** The output of several processes on one pipe, whose reader is slow: every line is whole, and none is lost. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

const source = fileURLToPath(new URL('../../src/http/log-output.ts', import.meta.url));
const linesEach = 3_000;
const writers = ['a', 'b', 'c'];

/** Many lines in each turn of its event loop, as under load, of many lengths. */
const writer = (output: string) => `
  import { setImmediate as turn } from 'node:timers/promises';
  import { ${output} } from '${source}';
  const output = new ${output}(process.stdout);
  const [name] = process.argv.slice(1);
  for (let line = 0; line < ${linesEach}; line += 1) {
    output.write(name + ':' + line + ':' + name.repeat(100 + (line % 400)) + '.\\n');
    if (line % 50 === 49) await turn();
  }
`;

async function writeTogether(output: string): Promise<string[]> {
  const start = `"$NODE" --input-type=module -e "$WRITER"`;
  const { stdout } = await promisify(execFile)(
    '/bin/sh',
    ['-c', `{ ${writers.map((name) => `${start} ${name} &`).join(' ')} wait; } | (sleep 1; cat)`],
    {
      env: { NODE: process.execPath, WRITER: writer(output), PATH: process.env['PATH'] },
      maxBuffer: 1e8,
    },
  );
  return stdout.split('\n').slice(0, -1);
}

describe('a pipe that three processes write to', () => {
  test('has every line whole, and each of them in order', async () => {
    const lines = await writeTogether('SharedLogOutput');
    const torn = lines.filter((line) => !/^(?:a:\d+:a+|b:\d+:b+|c:\d+:c+)\.$/.test(line));
    expect(torn).toEqual([]);
    for (const name of writers) {
      const numbers = lines
        .filter((line) => line.startsWith(`${name}:`))
        .map((line) => Number(line.split(':')[1]));
      expect(numbers).toEqual(Array.from({ length: linesEach }, (_, index) => index));
    }
  });
});
