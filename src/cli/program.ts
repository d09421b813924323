/** The commands of `latchkey`, and how one of them runs and ends. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { accessCommand } from './members/access-command.ts';
import { apisCommand } from './apis-command.ts';
import { auditCommand } from './audit/audit-command.ts';
import { bootstrapCommand } from './server/bootstrap-command.ts';
import { exitCodes, type ExitCode } from './terminal/cli-error.ts';
import { clientsCommand } from './clients/clients-command.ts';
import { describeFailure } from './terminal/failure.ts';
import { invitationsCommand } from './members/invitations-command.ts';
import { keysCommand } from './keys-command.ts';
import { meCommand } from './members/me-command.ts';
import { membersCommand } from './members/members-command.ts';
import { migrateCommand } from './server/migrate-command.ts';
import { locationsCommand, organizationsCommand } from './places-command.ts';
import { noticesCommand } from './notices-command.ts';
import { secretsCommand } from './clients/secrets-command.ts';
import { serveCommand } from './server/serve-command.ts';
import type { Terminal } from './terminal/terminal.ts';
import { tokenCommand } from './tokens/token-command.ts';
import { tokensCommand } from './tokens/tokens-command.ts';
import { usageCommand } from './usage-command.ts';
import { verifyCommand } from './tokens/verify-command.ts';
import { webhooksCommand } from './webhooks/webhooks-command.ts';

const packageFile = new URL('../../package.json', import.meta.url);

const firstSteps = `
First steps:
  $ latchkey serve                  start a server; the first start prints an admin client
  $ latchkey apis create --help     register an API
  $ latchkey clients create --help  register a client that may call it
  $ latchkey token --help           fetch an access token as that client
  $ latchkey verify --help          check the token

Exit codes: 0 done, 1 refused or not valid, 2 wrong usage, 3 no server or database answers`;

/** `noteUsage` takes what is wrong with a command line, which is then also thrown, without advice. */
export function createProgram(
  terminal: Terminal,
  noteUsage = (lines: readonly string[]) => terminal.note(...lines),
): Command {
  const program = new Command('latchkey')
    .description('An OAuth 2.0 authorization server for machines.')
    .version(`latchkey ${readVersion()} (Node.js ${process.version})`, '--version')
    .addHelpText('after', firstSteps);
  const operating = [serveCommand, migrateCommand, bootstrapCommand];
  const administering = [
    accessCommand,
    organizationsCommand,
    locationsCommand,
    membersCommand,
    invitationsCommand,
    meCommand,
    apisCommand,
    clientsCommand,
    secretsCommand,
    tokensCommand,
    keysCommand,
    usageCommand,
    noticesCommand,
    auditCommand,
    webhooksCommand,
  ];
  const integrating = [tokenCommand, verifyCommand];
  program.commandsGroup('Run a server:');
  for (const create of operating) program.addCommand(create(terminal));
  program.commandsGroup('Administer a running server:');
  for (const create of administering) program.addCommand(create(terminal));
  program.commandsGroup('Integrate:');
  for (const create of integrating) program.addCommand(create(terminal));
  prepare(program, terminal, noteUsage);
  return program;
}

function readVersion(): string {
  // Our own file.
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;
}

/** Commands made on their own inherit nothing from the program, so each is told. */
function prepare(
  command: Command,
  terminal: Terminal,
  noteUsage: (lines: readonly string[]) => void,
): void {
  const linesOf = (text: string) => text.replace(/\n$/, '').split('\n');
  command
    .exitOverride()
    .showHelpAfterError(adviceOf(command))
    .configureOutput({
      writeOut: (text) => terminal.print(...linesOf(text)),
      writeErr: (text) => noteUsage(linesOf(text)),
    });
  for (const child of command.commands) prepare(child, terminal, noteUsage);
}

function adviceOf(command: Command): string {
  const path = pathOf(command);
  const names = command.commands.map((child) => child.name());
  const choice = command.parent && names.length > 0 ? `say what to do: ${names.join(', ')}; ` : '';
  return `(${choice}see "${path} --help")`;
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/**
 * `help clients list` and `clients help list` as `clients list --help`. Commander would show the help of
 * something else for a command that does not exist; so it is refused like any other.
 */
function resolveHelp(program: Command, commandLine: readonly string[]): readonly string[] {
  const place = commandLine.indexOf('help');
  const before = commandLine.slice(0, place);
  const isCommand = place === 0 || (place === 1 && findCommand(program, before)?.commands.length);
  if (!isCommand) return commandLine;
  const named = [...before, ...commandLine.slice(place + 1)];
  for (let length = 1; length <= named.length; length += 1) {
    const parent = findCommand(program, named.slice(0, length - 1));
    // What stands behind a command's name is its own argument, and nothing must be done with it here.
    if (parent?.commands.length === 0) return [...named.slice(0, length - 1), '--help'];
    if (findCommand(program, named.slice(0, length)) === undefined) return named.slice(0, length);
  }
  return [...named, '--help'];
}

function findCommand(program: Command, path: readonly string[]): Command | undefined {
  return path.reduce<Command | undefined>(
    (command, name) => command?.commands.find((child) => child.name() === name),
    program,
  );
}

/** Runs one command and resolves with its exit code; `serve` resolves when it serves. */
export async function runLatchkey(
  commandLine: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const asJson = commandLine.includes('--json');
  const usage: string[] = [];
  const program = createProgram(terminal, asJson ? (lines) => usage.push(...lines) : undefined);
  try {
    if (commandLine.length === 0) program.outputHelp();
    else await program.parseAsync(resolveHelp(program, commandLine), { from: 'user' });
    return exitCodes.ok;
  } catch (thrown) {
    const { exitCode, lines, error } = describeFailure(thrown);
    const [first, ...others] = lines;
    if (!asJson && first !== undefined) terminal.note(`latchkey: ${first}`, ...others);
    if (asJson && error) {
      const message = usage.join('\n').replace(/^error: /, '') || error.message;
      terminal.noteJson({ error: { ...error, message } });
    }
    return exitCode;
  }
}
