/** A value to copy: an id, a URL, a secret. */
import { ActionIcon, CopyButton, Group } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { text } from '../text/text.ts';

const words = text.everyPage.actions;

/** Its label stands where the pointer is as well; a bubble for each row of a list would cost more than the rows. */
export function CopyIcon({ value, what }: { value: string; what: string }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => {
        const label = copied ? words.copied : words.copyWhat(what);
        return (
          <ActionIcon
            variant="subtle"
            color={copied ? 'teal' : 'gray'}
            aria-label={label}
            title={label}
            onClick={copy}
          >
            {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          </ActionIcon>
        );
      }}
    </CopyButton>
  );
}

/** `what` names it for the button: "client_id". */
export function CopyText({ value, what }: { value: string; what: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      <span className="mono">{value}</span>
      <CopyIcon value={value} what={what} />
    </Group>
  );
}
