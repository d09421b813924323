/** Access tokens per day, as bars; loaded when it is shown, since charts are large. */
import '@mantine/charts/styles.css';
import { BarChart } from '@mantine/charts';
import { locale, text } from '../text/text.ts';

export interface TokensOfDay {
  /** `2026-11-25`, in UTC. */
  day: string;
  tokens: number;
}

export const chartDays = 30;
const dayMillis = 86_400_000;
const short = new Intl.DateTimeFormat(locale, {
  month: 'short',
  day: 'numeric',
  timeZone: 'UTC',
});

/** Every day of the last 30, also those without a token. */
export function fillDays(counts: readonly TokensOfDay[], today = new Date()): TokensOfDay[] {
  const byDay = new Map(counts.map(({ day, tokens }) => [day, tokens]));
  return Array.from({ length: chartDays }, (_, index) => {
    const day = new Date(today.getTime() - (chartDays - 1 - index) * dayMillis)
      .toISOString()
      .slice(0, 10);
    return { day, tokens: byDay.get(day) ?? 0 };
  });
}

export function TokensChart({ counts }: { counts: readonly TokensOfDay[] }) {
  const data = fillDays(counts).map(({ day, tokens }) => ({
    day: short.format(new Date(day)),
    [text.usage.tokens]: tokens,
  }));
  const total = counts.reduce((sum, { tokens }) => sum + tokens, 0);
  return (
    <div role="img" aria-label={text.usage.chart(total)}>
      <BarChart
        h={220}
        data={data}
        dataKey="day"
        series={[{ name: text.usage.tokens, color: 'teal.7' }]}
        valueFormatter={(value) => value.toLocaleString(locale)}
        yAxisProps={{ allowDecimals: false }}
        // A keyboard would otherwise stop at every bar of a picture that is described in words.
        barChartProps={{ accessibilityLayer: false }}
      />
    </div>
  );
}
