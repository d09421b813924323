/**
 * A credential that is shown this once: green, to copy, to download as `.env`, and gone when the admin says that it is
 * stored. It lives in the state of whoever shows it, never in a cache, an address or the browser's storage. Leaving the
 * page asks first.
 */
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconDownload, IconKey } from '@tabler/icons-react';
import { useBlocker } from '@tanstack/react-router';
import { text } from '../text/text.ts';
import { CopyText } from './copy-text.tsx';

const words = text.common.secret;

export interface ShownCredential {
  clientId: string;
  clientSecret: string;
}

/** The very names that the command line reads (`--credentials FILE`). */
export function toEnvironmentFile({ clientId, clientSecret }: ShownCredential): string {
  return [
    `LATCHKEY_ISSUER=${window.location.origin}`,
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
  /** Called when it is stored: forget it. */
  onStored: () => void;
}

export function ShownSecret({ credential, name, note, onStored }: ShownSecretProps) {
  useBlocker({
    shouldBlockFn: () => !window.confirm(words.leave),
    enableBeforeUnload: true,
  });
  const fileName = `${
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'client'
  }.env`;
  return (
    <Alert
      color="green"
      title={words.title}
      icon={<IconKey aria-hidden />}
      role="status"
      data-testid="shown-secret"
    >
      <Stack gap="xs">
        <Text size="sm" fw={600}>
          {words.clientId}
        </Text>
        <CopyText value={credential.clientId} what={words.clientId} />
        <Text size="sm" fw={600}>
          {words.clientSecret}
        </Text>
        <CopyText value={credential.clientSecret} what={words.clientSecret} />
        {note !== undefined && <Text size="sm">{note}</Text>}
        <Text size="sm">{words.why}</Text>
        <Group>
          <Button
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            onClick={() => download(fileName, toEnvironmentFile(credential))}
          >
            {words.download}
          </Button>
          <Button color="green" onClick={onStored}>
            {words.stored}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
