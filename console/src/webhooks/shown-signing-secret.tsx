/** The signing secret of a webhook: shown this once. */
import { CopyText } from '../elements/copy-text.tsx';
import { ShownOnce } from '../elements/shown-once.tsx';
import { text } from '../text/text.ts';

const words = text.webhooks.secret;

export function ShownSigningSecret({ secret, onStored }: { secret: string; onStored: () => void }) {
  return (
    <ShownOnce title={words.title} why={words.why} onStored={onStored}>
      <CopyText value={secret} what={words.what} />
    </ShownOnce>
  );
}
