/** What an integrator copies to begin, in five languages, with this client's own values in it (FEATURES 2.7). */
import {
  Anchor,
  Code,
  Group,
  List,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api/api-call.ts';
import type { QuickStart } from '../api/records.ts';
import { CopyIcon } from '../elements/copy-text.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { text } from '../text/text.ts';

const words = text.client.quickStart;

export function QuickStartTab({ id }: { id: string }) {
  const { data, error } = useQuery({
    queryKey: ['/clients', id, 'quick-start'],
    queryFn: ({ signal }) => get<QuickStart>(`/clients/${id}/quick-start`, {}, signal),
  });
  const [language, setLanguage] = useState('curl');
  if (error !== null) return <ProblemAlert problem={error} />;
  if (data === undefined) return <Skeleton height={240} />;
  const snippet = data.snippets.find((each) => each.language === language) ?? data.snippets[0];
  return (
    <Stack maw={860}>
      {snippet === undefined ? (
        <Text size="sm">{words.none}</Text>
      ) : (
        <>
          <Text size="sm">{words.explanation(data.secret_variable)}</Text>
          <SegmentedControl
            aria-label={words.language}
            value={snippet.language}
            onChange={setLanguage}
            data={data.snippets.map(({ language, title }) => ({ value: language, label: title }))}
            w={{ base: '100%', sm: 'fit-content' }}
          />
          <Snippet title={words.fetch} code={snippet.fetch} />
          {snippet.install !== null && <Snippet title={words.install} code={snippet.install} />}
          <Snippet title={words.validate} code={snippet.validate} />
        </>
      )}
      <Title order={2} size="h4">
        {words.links}
      </Title>
      <List>
        {data.links.map(({ title, url }) => (
          <List.Item key={url}>
            <Anchor href={url} target="_blank" rel="noreferrer">
              {title}
            </Anchor>
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}

function Snippet({ title, code }: { title: string; code: string }) {
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h5">
          {title}
        </Title>
        <CopyIcon value={code} what={title} />
      </Group>
      {/* It may be wider than the page: then it is scrolled, with the keyboard as well. */}
      <Code block tabIndex={0} role="region" aria-label={title}>
        {code}
      </Code>
    </Stack>
  );
}
