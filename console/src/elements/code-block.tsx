/** Lines to copy into a terminal or a program. They scroll by themselves, also with the keyboard. */
import { Box, Code, Group } from '@mantine/core';
import { CopyIcon } from './copy-text.tsx';

/** `what` names it for the button: "the command". */
export function CodeBlock({ code, what }: { code: string; what: string }) {
  return (
    <Box>
      <Group justify="flex-end">
        <CopyIcon value={code} what={what} />
      </Group>
      <Code block tabIndex={0} role="region" aria-label={what}>
        {code}
      </Code>
    </Box>
  );
}
