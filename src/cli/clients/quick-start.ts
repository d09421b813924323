/** `latchkey clients quick-start`: how an integrator begins, with the client's own values. */
import { z } from 'zod';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { findClient } from '../remote/record-reference.ts';
import { connectAdmin, type RemoteOptions } from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface QuickStartOptions extends RemoteOptions {
  language: string;
  validate?: boolean;
}

const quickStartSchema = z.looseObject({
  client_id: z.string(),
  secret_variable: z.string(),
  snippets: z.array(
    z.looseObject({
      language: z.string(),
      title: z.string(),
      fetch: z.string(),
      validate: z.string(),
      install: z.string().nullable(),
    }),
  ),
  links: z.array(z.looseObject({ title: z.string(), url: z.string() })),
});

/** The snippet alone goes to standard output, so that it can be saved; what belongs to it is said beside. */
export async function printQuickStart(
  terminal: Terminal,
  reference: string,
  options: QuickStartOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const client = await findClient(admin, reference);
  const start = await admin.get(`/clients/${client.id}/quick-start`, quickStartSchema);
  if (options.json) return terminal.printJson(start);
  const snippet = start.snippets.find(({ language }) => language === options.language);
  if (start.snippets.length === 0) {
    throw new CliError(exitCodes.refused, [
      `${client.name} is granted no API yet: "latchkey clients update ${client.client_id} --grant"`,
    ]);
  }
  if (snippet === undefined) {
    const known = start.snippets.map(({ language }) => language).join(', ');
    throw new CliError(exitCodes.usage, [`--language ${options.language}: use one of ${known}`]);
  }
  terminal.printText(options.validate ? snippet.validate : snippet.fetch);
  if (options.validate && snippet.install !== null) terminal.note(`Needs: ${snippet.install}`);
  if (!options.validate) terminal.note(`Put the secret into ${start.secret_variable} first.`);
  for (const { title, url } of start.links) terminal.note(`${title}: ${url}`);
}
