#!/usr/bin/env node
/** The `latchkey` command. */
import { locate } from './start/bundle.ts';
import type * as program from './cli/program.ts';
import type * as terminal from './cli/terminal/terminal.ts';
import { useCompileCache } from './start/compile-cache.ts';

// Before all else: what is imported as usual would be compiled by then.
useCompileCache();
// The same modules, wherever they are.
const { runLatchkey } = (await import(locate('cli/program.ts'))) as typeof program;
const { Terminal } = (await import(locate('cli/terminal/terminal.ts'))) as typeof terminal;

const { stdin: input, stdout: output, stderr: error } = process;
// Whoever reads our output may stop reading ("| head"): that is no fault of ours. A command whose answer
// cannot be written has failed; a server has a log that counts what it loses, and goes on.
output.on('error', (cause: NodeJS.ErrnoException) => {
  const isLog = output.listenerCount('error') > 1;
  if (cause.code !== 'EPIPE' && !isLog) throw cause;
});
// There is nowhere left to say it.
error.on('error', () => undefined);
process.exitCode = await runLatchkey(process.argv.slice(2), new Terminal({ input, output, error }));
