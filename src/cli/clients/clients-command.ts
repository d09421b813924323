/** `latchkey clients`: registered integrations and their state. */
import { Command } from 'commander';
import { deleteClient, setClientActive, type TakingOptions } from './client-activity.ts';
import {
  regenerateClient,
  restoreClient,
  updateClient,
  type RegenerateOptions,
  type UpdateOptions,
} from './client-changes.ts';
import { createClient, type ClientCreateOptions } from './client-creation.ts';
import { listFailures } from './client-failures.ts';
import { showImpact } from './client-impact.ts';
import { listClients, showClient, type ClientListOptions } from './client-listing.ts';
import { addYesOption } from '../terminal/confirmation.ts';
import { printOneOffToken, type OneOffTokenOptions } from '../tokens/one-off-token.ts';
import {
  collect,
  collectScopes,
  parseCount,
  parseDelay,
  parseDuration,
  parseResource,
  parseText,
} from '../terminal/option-values.ts';
import { printQuickStart, type QuickStartOptions } from './quick-start.ts';
import { placeText } from '../remote/record-reference.ts';
import {
  addCreationOptions,
  addExamples,
  addRemoteOptions,
  addSaveOptions,
  listLimitDefault,
  type RemoteOptions,
} from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';

const referenceText = 'record id, client_id, or a name only one client has';

export function clientsCommand(terminal: Terminal): Command {
  const clients = new Command('clients').description('register and look after clients');
  addExamples(
    addSaveOptions(addCreationOptions(clients.command('create')), 'the credential')
      .description('register a client; its secret is shown this once')
      .requiredOption('--name <name>', 'what people call it')
      .option(
        '--grant <api[=scope,scope]>',
        'an API and the scopes it may ask for; without scopes: all; repeat it',
        collect,
      )
      .option('--organization <organization>', `whose it is: ${placeText}`)
      .option('--location <location>', `of which it never gets beyond: ${placeText}`)
      .option('--description <text>', 'what it is for')
      .option(
        '--lifetime <duration>',
        "caps the API's lifetime of its access tokens",
        parseDuration,
      )
      .option('--inactive', 'register it without letting it fetch access tokens yet')
      .action((options: ClientCreateOptions) => createClient(terminal, options)),
    'clients create --name "Billing" --grant https://orders.example.com=orders:read --save billing.env',
  );
  addExamples(
    addRemoteOptions(clients.command('list'))
      .description('list clients, newest first, and when those that nobody uses will be deleted')
      .option(
        '--search <text>',
        'only those whose name, description or client_id contains it',
        parseText,
      )
      .option('--organization <organization>', `only those of one: ${placeText}`)
      .option(
        '--location <location>',
        `only those of one: ${placeText}; "any": of locations, "none": of organizations themselves`,
      )
      .option('--api <api>', 'only those that are granted it: identifier, or record id')
      .option('--active', 'only active ones')
      .option('--inactive', 'only inactive ones')
      .option('--deleted', 'what was deleted and can be restored, and until when')
      .option('--limit <number>', 'how many at most', parseCount, listLimitDefault)
      .action((options: ClientListOptions) => listClients(terminal, options)),
    'clients list --inactive',
  );
  addExamples(
    addRemoteOptions(clients.command('show'))
      .description('show a client and what it is granted')
      .argument('<client>', referenceText)
      .action((reference: string, options: RemoteOptions) =>
        showClient(terminal, reference, options),
      ),
    'clients show "Billing"',
  );
  addExamples(
    addRemoteOptions(clients.command('failures'))
      .description('list why a client was refused lately: the last 50 times, newest first')
      .argument('[client]', `${referenceText}; without one: all clients`)
      .action((reference: string | undefined, options: RemoteOptions) =>
        listFailures(terminal, reference, options),
      ),
    'clients failures "Billing"',
  );
  addExamples(
    addRemoteOptions(clients.command('impact'))
      .description('show what used a client in the last 30 days: what breaks when it goes')
      .argument('<client>', referenceText)
      .action((reference: string, options: RemoteOptions) =>
        showImpact(terminal, reference, options),
      ),
    'clients impact "Billing"',
  );
  addExamples(
    addRemoteOptions(clients.command('update'))
      .description('change a client: what it is called, what it may ask for')
      .argument('<client>', referenceText)
      .option('--name <name>', 'what people call it')
      .option('--description <text>', 'what it is for; "" for nothing')
      .option(
        '--lifetime <duration>',
        "caps the API's lifetime of its access tokens",
        parseDuration,
      )
      .option('--no-lifetime', "the API's lifetime again")
      .option(
        '--grant <api[=scope,scope]>',
        'grant it an API, or more scopes of one; without scopes: all; repeat it',
        collect,
      )
      .option(
        '--revoke <api[=scope,scope]>',
        'take scopes of an API from it; without scopes: the API; repeat it',
        collect,
      )
      .option(
        '--replace-grants <api[=scope,scope]>',
        'grant it this, and nothing of what it had; repeat it',
        collect,
      )
      .option('--no-grants', 'grant it nothing')
      .option(
        '--location <location>',
        `move it there, which ends its access tokens: ${placeText}; "none": the organization's own again`,
      )
      .option('--exempt', 'keep it however long nobody uses it')
      .option('--no-exempt', 'let it be deleted when nobody uses it')
      .action((reference: string, options: UpdateOptions) =>
        updateClient(terminal, reference, options),
      ),
    'clients update "Billing" --name "Billing (EU)" --no-lifetime',
    'clients update "Billing" --grant https://orders.example.com=orders:write --revoke https://parts.example.com',
  );
  addExamples(
    addYesOption(
      addSaveOptions(addCreationOptions(clients.command('regenerate')), 'the credential'),
    )
      .description(
        'a new secret in place of all others, or a new client_id as well; shown this once',
      )
      .argument('<client>', referenceText)
      .option('--client-id', 'also a new client_id, which changes the subject of its access tokens')
      .option(
        '--overlap <duration>',
        'how long the old credential still works, such as 24h (default: it ends at once)',
        parseDelay,
      )
      .option('--keep-tokens', 'leave the access tokens it has active')
      .action((reference: string, options: RegenerateOptions) =>
        regenerateClient(terminal, reference, options),
      ),
    'clients regenerate "Billing" --overlap 24h --save billing-new.env',
    'clients regenerate "Billing" --client-id --yes',
  );
  addExamples(
    addSaveOptions(
      addRemoteOptions(clients.command('token')),
      'the token',
      'let --save replace a file that holds anything but a token',
    )
      .description('make an access token of a client without its secret, to try something out')
      .argument('<client>', referenceText)
      .option(
        '--scope <scope>',
        'scopes to ask for; repeat it (default: everything granted)',
        collectScopes,
      )
      .option(
        '--resource <api>',
        "identifier of the API (default: the client's default API)",
        parseResource,
      )
      .action((reference: string, options: OneOffTokenOptions) =>
        printOneOffToken(terminal, reference, options),
      ),
    'clients token "Billing" --resource https://orders.example.com --scope orders:read',
  );
  addExamples(
    addYesOption(addRemoteOptions(clients.command('deactivate')))
      .description('stop a client at once: no more access tokens, and those it has become inactive')
      .argument('<client>', referenceText)
      .action((reference: string, options: TakingOptions) =>
        setClientActive(terminal, reference, false, options),
      ),
    'clients deactivate "Billing" --yes',
  );
  addExamples(
    addRemoteOptions(clients.command('activate'))
      .description('let a client fetch access tokens again')
      .argument('<client>', referenceText)
      .action((reference: string, options: RemoteOptions) =>
        setClientActive(terminal, reference, true, options),
      ),
    'clients activate "Billing"',
  );
  addExamples(
    addYesOption(addRemoteOptions(clients.command('delete')))
      .description('delete a client; it can be restored for 30 days')
      .argument('<client>', referenceText)
      .action((reference: string, options: TakingOptions) =>
        deleteClient(terminal, reference, options),
      ),
    'clients delete "Billing" --yes',
  );
  addExamples(
    addRemoteOptions(clients.command('restore'))
      .description('bring a deleted client back, within 30 days')
      .argument('<id>', 'record id, as "clients delete" and the audit events name it')
      .action((id: string, options: RemoteOptions) => restoreClient(terminal, id, options)),
    'clients restore client_4Xr9KpT1sGf6WqL0bNz3Jd',
  );
  addExamples(
    addRemoteOptions(clients.command('quick-start'))
      .description('show how to fetch an access token as a client, or validate one, in a language')
      .argument('<client>', referenceText)
      .option('--language <language>', 'curl, node, python, go or java', parseText, 'curl')
      .option('--validate', 'how the API validates a token, instead of how it is fetched')
      .action((reference: string, options: QuickStartOptions) =>
        printQuickStart(terminal, reference, options),
      ),
    'clients quick-start "Billing" --language python',
  );
  return addExamples(clients, 'clients list');
}
