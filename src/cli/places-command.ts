/** `latchkey organizations` and `latchkey locations`: accounts, their sub-accounts, and their state. */
import { Command } from 'commander';
import { addYesOption, requireYes, type ConfirmationOptions } from './terminal/confirmation.ts';
import { printList, requireOneState } from './terminal/listing.ts';
import { parseCount, parseText } from './terminal/option-values.ts';
import { findPlace, findPlaces, type PlaceNoun } from './remote/record-reference.ts';
import {
  addCreationOptions,
  addExamples,
  addRemoteOptions,
  connectAdmin,
  listLimitDefault,
  type CreationOptions,
  type RemoteOptions,
} from './remote/remote-command.ts';
import type { Terminal } from './terminal/terminal.ts';
import { formatFields, formatTime } from './terminal/text-table.ts';
import { placeSchema, type PlaceRecord } from './remote/wire-records.ts';

interface CreateOptions extends CreationOptions {
  name: string;
  organization?: string;
}

interface ListOptions extends RemoteOptions {
  search?: string;
  organization?: string;
  active?: boolean;
  inactive?: boolean;
  limit: number;
}

interface RenameOptions extends RemoteOptions {
  name: string;
}

interface TakingOptions extends RemoteOptions, ConfirmationOptions {}

const organizationText = 'record id of an organization, or a name only one has';

export function organizationsCommand(terminal: Terminal): Command {
  const command = new Command('organizations').description(
    'make and look after organizations (accounts)',
  );
  return addPlaceCommands(command, terminal, 'organization', 'Northwind');
}

export function locationsCommand(terminal: Terminal): Command {
  const command = new Command('locations').description(
    'make and look after locations (sub-accounts of an organization)',
  );
  return addPlaceCommands(command, terminal, 'location', 'Harbour Street');
}

function addPlaceCommands(
  parent: Command,
  terminal: Terminal,
  noun: PlaceNoun,
  name: string,
): Command {
  const plural = parent.name();
  const referenceText = `record id, or a name only one ${noun} has`;
  const addOrganization = (command: Command, text: string) =>
    noun === 'location'
      ? command.option('--organization <organization>', `${text}: ${organizationText}`)
      : command;
  addExamples(
    addOrganization(addCreationOptions(parent.command('create')), 'whose it is')
      .description(noun === 'location' ? 'make a location' : 'make an organization (operators)')
      .requiredOption('--name <name>', 'what people call it')
      .action((options: CreateOptions) => createPlace(terminal, noun, options)),
    `${plural} create --name "${name}"`,
  );
  addExamples(
    addOrganization(addRemoteOptions(parent.command('list')), 'only those of one')
      .description(`list ${plural}, newest first`)
      .option('--search <text>', 'only those whose name contains it', parseText)
      .option('--active', 'only active ones')
      .option('--inactive', 'only inactive ones')
      .option('--limit <number>', 'how many at most', parseCount, listLimitDefault)
      .action((options: ListOptions) => listPlaces(terminal, noun, options)),
    `${plural} list`,
  );
  addExamples(
    addRemoteOptions(parent.command('rename'))
      .description(`give ${noun === 'location' ? 'a location' : 'an organization'} another name`)
      .argument(`<${noun}>`, referenceText)
      .requiredOption('--name <name>', 'what people call it from now on')
      .action((reference: string, options: RenameOptions) =>
        renamePlace(terminal, noun, reference, options),
      ),
    `${plural} rename "${name}" --name "${name} 2"`,
  );
  addExamples(
    addYesOption(addRemoteOptions(parent.command('deactivate')))
      .description('stop all of its clients at once; the access tokens they have end for good')
      .argument(`<${noun}>`, referenceText)
      .action((reference: string, options: TakingOptions) =>
        setActive(terminal, noun, reference, false, options),
      ),
    `${plural} deactivate "${name}" --yes`,
  );
  addExamples(
    addRemoteOptions(parent.command('activate'))
      .description('let its clients fetch access tokens again')
      .argument(`<${noun}>`, referenceText)
      .action((reference: string, options: RemoteOptions) =>
        setActive(terminal, noun, reference, true, options),
      ),
    `${plural} activate "${name}"`,
  );
  addExamples(
    addYesOption(addRemoteOptions(parent.command('delete')))
      .description('delete it; refused while it holds anything')
      .argument(`<${noun}>`, referenceText)
      .action((reference: string, options: TakingOptions) =>
        deletePlace(terminal, noun, reference, options),
      ),
    `${plural} delete "${name}" --yes`,
  );
  return addExamples(parent, `${plural} list`);
}

async function createPlace(
  terminal: Terminal,
  noun: PlaceNoun,
  options: CreateOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const body = { name: options.name, ...(await findPlaces(admin, options)) };
  const place = await admin.create(`/${noun}s`, placeSchema, body, options.idempotencyKey);
  if (options.json) return terminal.printJson(place);
  terminal.print(`Made the ${noun} ${place.name}.`, '', ...describePlace(place));
}

async function listPlaces(
  terminal: Terminal,
  noun: PlaceNoun,
  options: ListOptions,
): Promise<void> {
  const state = requireOneState(options);
  const { admin } = await connectAdmin(options, terminal);
  const filters = {
    ...state,
    ...(options.search === undefined ? {} : { q: options.search }),
    ...(await findPlaces(admin, options)),
  };
  const listing = await admin.list(`/${noun}s`, placeSchema, filters, options.limit);
  if (options.json) return terminal.printJson(listing);
  const rows = listing.data.map((place) => [
    place.name,
    stateOf(place),
    ...(noun === 'location' ? [place.organization ?? ''] : []),
    formatTime(place.created_at),
    place.id,
  ]);
  const owner = noun === 'location' ? ['ORGANIZATION'] : [];
  printList(terminal, {
    noun: noun,
    origin: `"${noun}s create" makes one`,
    filters,
    head: ['NAME', 'STATE', ...owner, 'CREATED', 'ID'],
    rows,
    nextCursor: listing.next_cursor,
    limit: options.limit,
    narrowing: '--search',
  });
}

async function renamePlace(
  terminal: Terminal,
  noun: PlaceNoun,
  reference: string,
  options: RenameOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const { id, name } = await findPlace(admin, noun, reference);
  const place = await admin.patch(`/${noun}s/${id}`, placeSchema, { name: options.name });
  if (options.json) return terminal.printJson(place);
  terminal.print(`The ${noun} ${name} is called ${place.name} now.`);
}

async function setActive(
  terminal: Terminal,
  noun: PlaceNoun,
  reference: string,
  active: boolean,
  options: TakingOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const { id, name } = await findPlace(admin, noun, reference);
  if (!active) {
    const question = `Deactivate the ${noun} ${name}? Every access token of all of its clients ends for good.`;
    await requireYes(terminal, options, question, 'nothing was deactivated');
  }
  const place = await admin.patch(`/${noun}s/${id}`, placeSchema, { active });
  if (options.json) return terminal.printJson(place);
  terminal.print(
    active
      ? `${place.name} is active: its clients can fetch access tokens, as far as they are active themselves.`
      : `${place.name} is inactive: its clients get no access tokens, and those they have count no more where the server is asked.`,
  );
}

async function deletePlace(
  terminal: Terminal,
  noun: PlaceNoun,
  reference: string,
  options: TakingOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const { id, name } = await findPlace(admin, noun, reference);
  const question = `Delete the ${noun} ${name}? Nobody brings it back.`;
  await requireYes(terminal, options, question, 'nothing was deleted');
  await admin.delete(`/${noun}s/${id}`);
  if (options.json) return terminal.printJson({ id, deleted: true });
  terminal.print(`Deleted the ${noun} ${name}.`);
}

function describePlace(place: PlaceRecord): string[] {
  return formatFields([
    ['name', place.name],
    ['state', stateOf(place)],
    ['organization', place.organization ?? null],
    ['id', place.id],
  ]);
}

function stateOf({ active }: PlaceRecord): string {
  return active ? 'active' : 'INACTIVE';
}
