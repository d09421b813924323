/** A first access token, fetched in the reader's own terminal, and the lines with which an API validates it. */
import { Group, Loader, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/api-call.ts';
import type { Client, QuickStart } from '../api/records.ts';
import { CodeBlock } from '../elements/code-block.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { text } from '../text/text.ts';

const words = text.firstRun;

/** As the server writes it, with this client's own values; no secret is in it. */
function useQuickStart({ id }: Client) {
  return useQuery({
    queryKey: ['/clients', id, 'quick-start'],
    queryFn: ({ signal }) => get<QuickStart>(`/clients/${id}/quick-start`, undefined, signal),
  });
}

interface FirstTokenProps {
  client: Client;
  /** While it is shown: the command has it filled in. */
  secret: string | undefined;
  isWaiting: boolean;
}

export function FirstToken({ client, secret, isWaiting }: FirstTokenProps) {
  const { data, error } = useQuickStart(client);
  if (error !== null) return <ProblemAlert problem={error} />;
  const curl = data?.snippets.find(({ language }) => language === 'curl');
  if (data === undefined) return <Skeleton h={120} />;
  if (curl === undefined) return <Text size="sm">{words.token.noGrant}</Text>;
  // A space in front keeps the line out of most shells' history.
  const command = ` export ${data.secret_variable}=${secret ?? words.token.secretPlaceholder}\n${curl.fetch}`;
  return (
    <Stack gap="sm">
      <Text size="sm">
        {secret === undefined ? words.token.withoutSecret : words.token.withSecret}
      </Text>
      <CodeBlock code={command} what={words.token.command} />
      {isWaiting && (
        <Group gap="xs" role="status">
          <Loader size="xs" aria-hidden />
          <Text size="sm">{words.token.waiting}</Text>
        </Group>
      )}
    </Stack>
  );
}

export function Validation({ client }: { client: Client }) {
  const { data, error } = useQuickStart(client);
  if (error !== null) return <ProblemAlert problem={error} />;
  const node = data?.snippets.find(({ language }) => language === 'node');
  const curl = data?.snippets.find(({ language }) => language === 'curl');
  if (node === undefined || curl === undefined) return <Skeleton h={120} />;
  return (
    <Stack gap="sm">
      <Text size="sm">{words.validation.explanation}</Text>
      {node.install !== null && <CodeBlock code={node.install} what={words.validation.install} />}
      <CodeBlock code={node.validate} what={words.validation.code} />
      <Text size="sm">{words.validation.askServer}</Text>
      <CodeBlock code={curl.validate} what={words.validation.command} />
    </Stack>
  );
}
