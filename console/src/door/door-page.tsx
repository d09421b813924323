/** The frame of the pages in front of the door: signing in, and coming in with a link. */
import { Center, Group, Image, Paper, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { text } from '../text/text.ts';

export function DoorPage({ title, children }: { title: string; children: ReactNode }) {
  useDocumentTitle(text.everyPage.pageTitle(title));
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="xl" w="100%" maw={420}>
        <Stack>
          <Group gap="xs">
            <Image src="/console/icon.svg" alt="" w={28} h={28} />
            <Text fw={700}>{text.everyPage.product}</Text>
          </Group>
          <Title order={1} size="h3">
            {title}
          </Title>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}
