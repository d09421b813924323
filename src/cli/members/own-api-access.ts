/**
 * `latchkey me api-access`: a member's own API access. It is the member's alone, so the member signs in for it with
 * the password on standard input, and out again; the credential of a client does not do.
 */
import { Command } from 'commander';
import { AdminClient } from '../remote/admin-client.ts';
import { resolveServer, type Server } from '../remote/caller.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { formatCredentials } from '../remote/credentials-file.ts';
import { parseText } from '../terminal/option-values.ts';
import {
  addExamples,
  addIssuerOption,
  addJsonOption,
  addSaveOptions,
  type SaveOptions,
} from '../remote/remote-command.ts';
import { withReservedFile } from '../terminal/saved-file.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatFields, formatTime } from '../terminal/text-table.ts';
import { apiAccessSchema, shownApiAccessSchema } from '../remote/wire-records.ts';

interface MemberOptions {
  issuer?: string;
  json?: boolean;
  email?: string;
}

type CredentialOptions = MemberOptions & SaveOptions;

const path = '/me/api-access';

export function apiAccessCommand(terminal: Terminal): Command {
  const access = new Command('api-access').description(
    "a member's own API access; the member's password comes on standard input",
  );
  addExamples(
    addMemberOptions(access.command('show'))
      .description('show whether it is on, and when it was used last')
      .action((options: MemberOptions) => show(terminal, options)),
    'me api-access show --email ada@example.com < password.txt',
  );
  addExamples(
    addSaveOptions(addMemberOptions(access.command('on')), 'the credential')
      .description('turn it on: a personal client, whose secret is shown this once')
      .action((options: CredentialOptions) =>
        issue(terminal, options, path, 'Turned your API access on.'),
      ),
    'me api-access on --email ada@example.com --save my-access.env < password.txt',
  );
  addExamples(
    addSaveOptions(addMemberOptions(access.command('regenerate')), 'the credential')
      .description('another secret in place of the one there is, which fails at once')
      .action((options: CredentialOptions) =>
        issue(terminal, options, `${path}/regenerate`, 'Regenerated your secret.'),
      ),
    'me api-access regenerate --email ada@example.com --save my-access.env --force < password.txt',
  );
  addExamples(
    addMemberOptions(access.command('off'))
      .description('turn it off: its credential fails at once')
      .action((options: MemberOptions) => turnOff(terminal, options)),
    'me api-access off --email ada@example.com < password.txt',
  );
  return addExamples(access, 'me api-access show --email ada@example.com < password.txt');
}

function addMemberOptions(command: Command): Command {
  return addJsonOption(addIssuerOption(command)).option(
    '--email <address>',
    'whose it is: the address the member signs in with',
    parseText,
  );
}

/** Signed in for `act`, and out again whatever becomes of it. */
async function asMember<Result>(
  terminal: Terminal,
  options: MemberOptions,
  act: (admin: AdminClient, server: Server) => Promise<Result>,
): Promise<Result> {
  const { email } = options;
  if (email === undefined) {
    throw new CliError(exitCodes.usage, [
      "API access is a member's own: name the member with --email, and pipe the password in",
      'A client makes itself another secret with "latchkey secrets create".',
    ]);
  }
  if (terminal.inputIsTerminal) {
    throw new CliError(exitCodes.usage, ['pipe the password in: what is typed here would be seen']);
  }
  const password = (await terminal.readInput()).replace(/\r?\n$/, '');
  const server = resolveServer(options);
  const admin = await AdminClient.signIn(server, { email, password });
  try {
    return await act(admin, server);
  } finally {
    await admin.signOut();
  }
}

async function show(terminal: Terminal, options: MemberOptions): Promise<void> {
  const access = await asMember(terminal, options, (admin) => admin.get(path, apiAccessSchema));
  if (options.json) return terminal.printJson(access);
  if (!access.active) return terminal.print('Your API access is off.');
  terminal.print(
    ...formatFields([
      ['API access', 'on'],
      ['client_id', access.client_id],
      ['last used', formatTime(access.last_used_at)],
    ]),
  );
}

async function issue(
  terminal: Terminal,
  options: CredentialOptions,
  route: string,
  done: string,
): Promise<void> {
  await withReservedFile(
    options.save,
    { mayReplace: () => options.force === true, another: 'me api-access regenerate' },
    async (file) => {
      const {
        server,
        client_secret: clientSecret,
        ...access
      } = await asMember(terminal, options, async (admin, of) => ({
        ...(await admin.post(route, shownApiAccessSchema, {})),
        server: of,
      }));
      const credential = { clientId: access.client_id, clientSecret };
      await file?.write(formatCredentials(server.issuer, credential, server.adminUrl));
      if (options.json) {
        return terminal.printJson(
          file ? { ...access, saved_to: file.path } : { ...access, client_secret: clientSecret },
        );
      }
      terminal.print(
        done,
        '',
        ...formatFields([
          ['client_id', access.client_id],
          ['client_secret', file ? null : clientSecret],
        ]),
        '',
        file
          ? `The credential is in ${file.path}, which only you can read.`
          : 'Keep the secret: it is shown this once, and nobody can read it back.',
      );
    },
  );
}

async function turnOff(terminal: Terminal, options: MemberOptions): Promise<void> {
  await asMember(terminal, options, (admin) => admin.delete(path));
  if (options.json) return terminal.printJson({ active: false });
  terminal.print('Turned your API access off: its credential fails.');
}
