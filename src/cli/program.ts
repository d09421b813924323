/** The commands of `latchkey`, and what they have in common. */
import { Command } from 'commander';
import { serve } from './serve.ts';

export function createProgram(): Command {
  const program = new Command('latchkey').description(
    'An OAuth 2.0 authorization server for machines.',
  );
  program.command('serve').description('run the server').action(serve);
  return program;
}
