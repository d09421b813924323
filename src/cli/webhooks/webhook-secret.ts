/** A webhook with its signing secret, which is shown once: on the terminal, or in a file for its owner alone. */
import type { AdminClient } from '../remote/admin-client.ts';
import { connectAdmin, type RemoteOptions, type SaveOptions } from '../remote/remote-command.ts';
import { withReservedFile } from '../terminal/saved-file.ts';
import { requireShown } from '../terminal/shown-secret.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatFields } from '../terminal/text-table.ts';
import { describeWebhook } from './webhook-description.ts';
import type { WebhookRecord } from '../remote/wire-records.ts';

export async function withShownSecret(
  terminal: Terminal,
  options: RemoteOptions & SaveOptions,
  { done, made }: { done: string; made: string },
  ask: (admin: AdminClient) => Promise<WebhookRecord & { signing_secret: string | null }>,
): Promise<void> {
  await withReservedFile(
    options.save,
    { mayReplace: () => options.force === true, another: 'webhooks rotate-secret' },
    async (file) => {
      const { admin } = await connectAdmin(options, terminal);
      const { signing_secret: secret, ...webhook } = await ask(admin);
      const signingSecret = requireShown(secret, {
        made: `The webhook ${webhook.id} ${made}`,
        advice: `Give it another: latchkey webhooks rotate-secret ${webhook.id} --overlap 0`,
      });
      await file?.write(
        [
          '# The signing secret of a webhook of Latchkey: whoever reads this file can forge its messages.',
          `LATCHKEY_WEBHOOK=${webhook.id}`,
          `LATCHKEY_WEBHOOK_SECRET=${signingSecret}`,
          '',
        ].join('\n'),
      );
      if (options.json) {
        return terminal.printJson({
          ...webhook,
          ...(file ? { saved_to: file.path } : { signing_secret: signingSecret }),
        });
      }
      terminal.print(
        done,
        '',
        ...describeWebhook(webhook),
        ...(file ? [] : formatFields([['signing secret', signingSecret]])),
        '',
        file
          ? `The signing secret is in ${file.path}, which only you can read.`
          : 'Keep the signing secret: it is shown this once. With it the receiver verifies what it is sent.',
      );
    },
  );
}
