/** The way to the API reference, which is no page of the console. */
import { Button } from '@mantine/core';
import { IconBook } from '@tabler/icons-react';
import { text } from '../text/text.ts';

export function ReferenceButton() {
  return (
    <Button
      component="a"
      href="/docs"
      target="_blank"
      rel="noreferrer"
      variant="default"
      leftSection={<IconBook size={16} aria-hidden />}
    >
      {text.frame.pages.reference}
    </Button>
  );
}
