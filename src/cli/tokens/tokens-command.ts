/** `latchkey tokens`: ask the server whether an access token is active, and take tokens back. */
import { Command } from 'commander';
import { z } from 'zod';
import type { AdminClient } from '../remote/admin-client.ts';
import { resolveCaller } from '../remote/caller.ts';
import { explainFields } from './claim-meanings.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { parseText } from '../terminal/option-values.ts';
import { requireYes, addYesOption, type ConfirmationOptions } from '../terminal/confirmation.ts';
import {
  findClient,
  findPlace,
  isPlaceId,
  placeText,
  type PlaceNoun,
} from '../remote/record-reference.ts';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  type RemoteOptions,
} from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatTable } from '../terminal/text-table.ts';
import { notLatchkey, postAsClient, toRefusal } from '../remote/token-fetch.ts';
import { readToken, tokenArgument } from './token-source.ts';
import { revokedSchema } from '../remote/wire-records.ts';

interface RevokeOptions extends RemoteOptions, ConfirmationOptions {
  client?: string;
  organization?: string;
  location?: string;
  leaked?: boolean;
  everything?: boolean;
}

export function tokensCommand(terminal: Terminal): Command {
  const tokens = new Command('tokens').description('introspect and revoke access tokens');
  addExamples(
    addRemoteOptions(tokens.command('introspect'))
      .description(
        'ask whether a token is active, as its own client or an introspection client of its API',
      )
      .argument(tokenArgument.name, tokenArgument.description)
      .action((source: string | undefined, options: RemoteOptions) =>
        introspect(terminal, source, options),
      ),
    'tokens introspect --credentials orders-api.env token.jwt',
  );
  addExamples(
    addYesOption(addRemoteOptions(tokens.command('revoke')))
      .description(
        'revoke a token, or every one so far of a secret, a client, a location, an organization',
      )
      .argument(tokenArgument.name, tokenArgument.description)
      .option(
        '--client <client>',
        'all of a client: record id, client_id, or a name only it has',
        parseText,
      )
      .option('--location <location>', `all of a location: ${placeText}`, parseText)
      .option('--organization <organization>', `all of an organization: ${placeText}`, parseText)
      .option(
        '--leaked',
        'a client secret that was found somewhere, from standard input, and all of it',
      )
      .option('--everything', 'all there are')
      .action((source: string | undefined, options: RevokeOptions) =>
        revoke(terminal, source, options),
      ),
    'tokens revoke token.jwt',
    'tokens revoke --client "Billing"',
    'tokens revoke --leaked',
  );
  return addExamples(tokens, 'tokens revoke --client "Billing"');
}

const introspectionSchema = z.looseObject({ active: z.boolean() });

async function introspect(
  terminal: Terminal,
  source: string | undefined,
  options: RemoteOptions,
): Promise<void> {
  const token = await readToken(terminal, source, {
    purpose: 'ask about',
    command: 'tokens introspect',
  });
  const caller = await resolveCaller(options, terminal);
  const parameters = new URLSearchParams({ token });
  const answer = await postAsClient(caller, '/oauth2/introspect', parameters);
  if (answer.status !== 200) throw toRefusal(caller, answer, 'says nothing about a token');
  const introspection = introspectionSchema.safeParse(answer.body);
  if (!introspection.success) throw notLatchkey(caller.issuer, answer.status);
  const { active, ...claims } = introspection.data;
  if (options.json) terminal.printJson(introspection.data);
  else terminal.print(...(active ? describeActive(claims) : describeInactive(caller.issuer)));
  // The answer has said everything; only the exit code is left.
  if (!active) throw new CliError(exitCodes.refused, []);
}

function describeActive(claims: Record<string, unknown>): string[] {
  const { token_type: _tokenType, ...known } = claims;
  const fields = explainFields({ header: {}, claims: known }, new Date());
  return [
    'Active. What it says:',
    '',
    ...formatTable(
      [],
      fields.map(({ name, value, meaning }) => [`  ${name}`, value, meaning]),
    ),
  ];
}

function describeInactive(issuer: string): string[] {
  return [
    'Not active.',
    `${issuer} does not say more on purpose: it may be expired or revoked, of a client that is inactive, none of its own, or none that this client may ask about.`,
  ];
}

/** What is to be revoked: the body of the request, and how people call it. */
interface Target {
  body: object;
  name: string;
  /** More than one token: worth a question. */
  isMany: boolean;
}

async function revoke(
  terminal: Terminal,
  source: string | undefined,
  options: RevokeOptions,
): Promise<void> {
  const { client, location, organization, leaked, everything } = options;
  const named = [source, client, location, organization, leaked, everything];
  if (named.filter((target) => target !== undefined).length > 1) {
    throw new CliError(exitCodes.usage, ['name one thing to revoke, not several']);
  }
  const input = await readInput(terminal, source, options);
  const { admin } = await connectAdmin(options, terminal);
  const target = input ?? (await findTarget(admin, options));
  if (target.isMany) {
    await requireYes(terminal, options, `Revoke ${target.name}?`, 'nothing was revoked');
  }
  const revoked = await admin.post('/revocations', revokedSchema, target.body);
  if (options.json) return terminal.printJson(revoked);
  terminal.print(
    `Revoked ${target.name}, for whoever asks the server.`,
    'Who looks at the signature alone accepts an access token until it expires.',
  );
}

/** What is not named by an option is read: it would stand in the process list. */
async function readInput(
  terminal: Terminal,
  source: string | undefined,
  options: RevokeOptions,
): Promise<Target | undefined> {
  if (options.leaked) {
    if (terminal.inputIsTerminal) {
      throw new CliError(exitCodes.usage, [
        'pipe the secret in: what is typed on a command line stands in histories',
      ]);
    }
    const secret = (await terminal.readInput()).trim();
    return { body: { secret }, name: 'the secret and its access tokens', isMany: false };
  }
  const { client, location, organization, everything } = options;
  if ((client ?? location ?? organization) !== undefined || everything) return undefined;
  const purpose = { purpose: 'revoke', command: 'tokens revoke' };
  const token = await readToken(terminal, source, purpose);
  return { body: { token }, name: 'the access token', isMany: false };
}

async function findTarget(
  admin: AdminClient,
  { client, location, organization }: RevokeOptions,
): Promise<Target> {
  if (client !== undefined) {
    const { id, name, client_id: clientId } = await findClient(admin, client);
    const subject = `every access token so far of ${name} (${clientId})`;
    return { body: { client: id }, name: subject, isMany: true };
  }
  if (location !== undefined) {
    return targetOfPlace(admin, 'location', location);
  }
  if (organization !== undefined) {
    return targetOfPlace(admin, 'organization', organization);
  }
  return { body: { everything: true }, name: 'every access token there is', isMany: true };
}

async function targetOfPlace(
  admin: AdminClient,
  noun: PlaceNoun,
  reference: string,
): Promise<Target> {
  // Who may revoke need not be one who may see places.
  const id = isPlaceId(noun, reference) ? reference : (await findPlace(admin, noun, reference)).id;
  const name = `every access token so far of the ${noun} ${reference}`;
  return { body: { [noun]: id }, name, isMany: true };
}
