/** Tokens per day of everything one may see, of a client, or of an API. */
import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { get } from '../api/api-call.ts';
import type { Page, Usage } from '../api/records.ts';
import { text } from '../text/text.ts';
import { ProblemAlert } from './problem-alert.tsx';

const TokensChart = lazy(async () => {
  const { TokensChart: Chart } = await import('./tokens-chart.tsx');
  return { default: Chart };
});

const daysMax = 31;
const chartHeight = 220;

export function UsageChart({ client, api }: { client?: string; api?: string }) {
  const { data, error } = useQuery({
    queryKey: ['/usage', 'per day', client ?? null, api ?? null],
    queryFn: ({ signal }) =>
      get<Page<Usage>>('/usage', { group_by: 'day', limit: daysMax, client, api }, signal),
  });
  if (error !== null) return <ProblemAlert problem={error} />;
  if (data === undefined) return <Skeleton height={chartHeight} />;
  if (data.data.length === 0) return <Text c="dimmed">{text.usage.none}</Text>;
  const counts = data.data.map(({ day, tokens }) => ({ day: day ?? '', tokens }));
  return (
    <Suspense fallback={<Skeleton height={chartHeight} />}>
      <TokensChart counts={counts} />
    </Suspense>
  );
}
