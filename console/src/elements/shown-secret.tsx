/** A credential that is shown this once: to copy, and to download as `.env`. */
import { Button, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { CopyText } from './copy-text.tsx';
import { ShownOnce } from './shown-once.tsx';

const words = text.everyPage.secret;

export interface ShownCredential {
  clientId: string;
  clientSecret: string;
}

/** The very names that the command line reads (`--credentials FILE`). */
function toEnvironmentFile(
  { clientId, clientSecret }: ShownCredential,
  { issuer, adminUrl }: { issuer: string; adminUrl: string | undefined },
): string {
  return [
    `LATCHKEY_ISSUER=${issuer}`,
    ...(adminUrl === undefined || adminUrl === issuer ? [] : [`LATCHKEY_ADMIN_URL=${adminUrl}`]),
    `LATCHKEY_CLIENT_ID=${clientId}`,
    `LATCHKEY_CLIENT_SECRET=${clientSecret}`,
    '',
  ].join('\n');
}

function download(name: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

interface ShownSecretProps {
  credential: ShownCredential;
  /** Of the file: the client's name. */
  name: string;
  /** What else there is to say: until when the old one works. */
  note?: string | undefined;
  /** It is for the admin API, which may be elsewhere than tokens are. */
  callsAdminApi?: boolean;
  /** Called when it is stored: forget it. */
  onStored: () => void;
}

export function ShownSecret({
  credential,
  name,
  note,
  callsAdminApi = false,
  onStored,
}: ShownSecretProps) {
  const { issuer } = useSession().me;
  // This page is where the admin API is.
  const adminUrl = callsAdminApi ? window.location.origin : undefined;
  const fileName = `${
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'client'
  }.env`;
  return (
    <ShownOnce
      title={words.title}
      why={words.why}
      onStored={onStored}
      actions={
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => download(fileName, toEnvironmentFile(credential, { issuer, adminUrl }))}
        >
          {words.download}
        </Button>
      }
    >
      <Text size="sm" fw={600}>
        {words.clientId}
      </Text>
      <CopyText value={credential.clientId} what={words.clientId} />
      <Text size="sm" fw={600}>
        {words.clientSecret}
      </Text>
      <CopyText value={credential.clientSecret} what={words.clientSecret} />
      {note !== undefined && <Text size="sm">{note}</Text>}
    </ShownOnce>
  );
}
