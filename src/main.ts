#!/usr/bin/env node
/** The `latchkey` command. */
import { runLatchkey } from './cli/program.ts';
import { Terminal } from './cli/terminal.ts';

const { stdin: input, stdout: output, stderr: error } = process;
// Whoever reads our output may stop reading ("| head"): that is no fault of ours.
output.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code !== 'EPIPE') throw cause;
});
process.exitCode = await runLatchkey(process.argv.slice(2), new Terminal({ input, output, error }));
