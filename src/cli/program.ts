/** The commands of `latchkey`, and how one of them runs and ends. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { apisCommand } from './apis-command.ts';
import { bootstrapCommand } from './bootstrap-command.ts';
import { exitCodes, type ExitCode } from './cli-error.ts';
import { clientsCommand } from './clients-command.ts';
import { describeFailure } from './failure.ts';
import { keysCommand } from './keys-command.ts';
import { migrateCommand } from './migrate-command.ts';
import { secretsCommand } from './secrets-command.ts';
import { serveCommand } from './serve-command.ts';
import type { Terminal } from './terminal.ts';
import { tokenCommand } from './token-command.ts';
import { tokensCommand } from './tokens-command.ts';
import { verifyCommand } from './verify-command.ts';

const packageFile = new URL('../../package.json', import.meta.url);

const firstSteps = `
First steps:
  $ latchkey serve                  start a server; the first start prints an admin client
  $ latchkey apis create --help     register an API
  $ latchkey clients create --help  register a client that may call it
  $ latchkey token --help           fetch an access token as that client
  $ latchkey verify --help          check the token

Exit codes: 0 done, 1 refused or not valid, 2 wrong usage, 3 no server or database answers`;

export function createProgram(terminal: Terminal): Command {
  const program = new Command('latchkey')
    .description('An OAuth 2.0 authorization server for machines.')
    .version(`latchkey ${readVersion()} (Node.js ${process.version})`, '--version')
    .addHelpText('after', firstSteps);
  const operating = [serveCommand, migrateCommand, bootstrapCommand];
  const administering = [apisCommand, clientsCommand, secretsCommand, tokensCommand, keysCommand];
  const integrating = [tokenCommand, verifyCommand];
  program.commandsGroup('Run a server:');
  for (const create of operating) program.addCommand(create(terminal));
  program.commandsGroup('Administer a running server:');
  for (const create of administering) program.addCommand(create(terminal));
  program.commandsGroup('Integrate:');
  for (const create of integrating) program.addCommand(create(terminal));
  prepare(program, terminal);
  return program;
}

function readVersion(): string {
  // Our own file.
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;
}

/** Commands made on their own inherit nothing from the program, so each is told. */
function prepare(command: Command, terminal: Terminal): void {
  command
    .exitOverride()
    .showHelpAfterError(`(see "${pathOf(command)} --help")`)
    .configureOutput({
      writeOut: (text) => terminal.print(...text.replace(/\n$/, '').split('\n')),
      writeErr: (text) => terminal.note(...text.replace(/\n$/, '').split('\n')),
    });
  for (const child of command.commands) prepare(child, terminal);
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** Runs one command and resolves with its exit code; `serve` resolves when it serves. */
export async function runLatchkey(
  commandLine: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const program = createProgram(terminal);
  try {
    if (commandLine.length === 0) program.outputHelp();
    else await program.parseAsync(commandLine, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    const { exitCode, lines } = describeFailure(error);
    const [first, ...others] = lines;
    if (first !== undefined) terminal.note(`latchkey: ${first}`, ...others);
    return exitCode;
  }
}
