/** An access token alone on standard output, so that it pipes, or in a file that only its owner can read. */
import { formatDuration } from '../terminal/option-values.ts';
import type { SaveOptions } from '../remote/remote-command.ts';
import { withReservedFile } from '../terminal/saved-file.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { TokenAnswer } from '../remote/token-fetch.ts';

export const compactTokenPattern = /^[\w-]+\.[\w-]+\.[\w-]*$/;

export async function printAccessToken(
  terminal: Terminal,
  options: SaveOptions & { json?: boolean },
  /** The command that fetches another. */
  another: string,
  fetchIt: () => Promise<TokenAnswer>,
): Promise<void> {
  // A token is soon worth nothing: a file that holds one is replaced without --force.
  const mayReplace = (content: string) => options.force === true || isToken(content);
  await withReservedFile(options.save, { mayReplace, another }, async (file) => {
    const { access_token: accessToken, ...rest } = await fetchIt();
    await file?.write(`${accessToken}\n`);
    if (options.json) {
      return terminal.printJson(
        file ? { ...rest, saved_to: file.path } : { access_token: accessToken, ...rest },
      );
    }
    if (!file) terminal.print(accessToken);
    terminal.note(
      `${file ? `Saved to ${file.path}: an` : 'An'} access token good for ${formatDuration(rest.expires_in)}, scope: ${rest.scope}`,
    );
  });
}

function isToken(content: string): boolean {
  return compactTokenPattern.test(content.trim());
}
