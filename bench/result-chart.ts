/** A benchmark's result as an SVG picture for people, on its own light ground so that it reads in the dark too. */
import { init, type EChartsOption } from 'echarts';
import type { BenchmarkResult, ContestantResult, GroupResult } from './benchmark-result.ts';
import type { ContestantPlan } from './groups.ts';

const width = 960;
const rowHeight = 28;
const headHeight = 96;
const footHeight = 64;
const margin = 24;
/** Left edges and widths of what stands side by side: names, rates, latencies. */
const rateLeft = 300;
const rateWidth = 350;
const latencyLeft = 700;
const latencyWidth = width - latencyLeft - margin;
/** Of the longest bar; the rest is for the number behind it. */
const rateRoom = 1.5;
const latencyRoom = 1.45;

const ink = '#1f2328';
const paleInk = '#59636e';
const ground = '#ffffff';
const rule = '#d8dee4';
const fontFamily = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif';
const colours: Record<ContestantPlan['kind'], { full: string; pale: string }> = {
  bare: { full: '#6e7781', pale: '#d0d7de' },
  'oidc-provider': { full: '#9a6700', pale: '#eac54f' },
  latchkey: { full: '#0969da', pale: '#a5d3ff' },
};
const title = 'Access tokens: how many, and how soon';
const headingMark = '\u{1}';

/** The same result gives the same text. */
export function drawResult(result: BenchmarkResult): string {
  const rows = result.groups.flatMap(toRows);
  const height = headHeight + rows.length * rowHeight + footHeight;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(toOption(result, rows, height));
    return describe(withoutStyles(chart.renderToSVGString()));
  } finally {
    chart.dispose();
  }
}

/** A line of the picture: the heading of a group, or one of its servers. */
interface Row {
  label: string;
  contestant: ContestantResult | undefined;
}

function toRows({ title, contestants }: GroupResult): Row[] {
  return [
    { label: headingMark + title, contestant: undefined },
    ...contestants.map((contestant) => ({ label: contestant.plan.name, contestant })),
  ];
}

function toOption(
  { machine, groups }: BenchmarkResult,
  rows: readonly Row[],
  height: number,
): EChartsOption {
  const grid = { top: headHeight, height: rows.length * rowHeight };
  const categories = {
    type: 'category',
    inverse: true,
    // Not the labels themselves: two groups may have a server of the same name.
    data: rows.map((_row, index) => String(index)),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: rule } },
  } as const;
  const values = {
    type: 'value',
    min: 0,
    axisLabel: { show: false },
    splitLine: { show: false },
  } as const;
  const text = (label: string, left: number, top: number, bold = false) => ({
    text: label,
    left,
    top,
    padding: 0,
    textStyle: {
      color: bold ? ink : paleInk,
      fontFamily,
      fontSize: bold ? 18 : 12,
      fontWeight: bold ? ('bold' as const) : ('normal' as const),
    },
  });
  const dates = [...new Set(groups.map(({ startedAt }) => startedAt.slice(0, 10)))].join(', ');
  return {
    animation: false,
    backgroundColor: ground,
    textStyle: { fontFamily, color: ink },
    title: [
      text(title, margin, margin, true),
      text('tokens per second, and their share of the bare server’s', rateLeft, 68),
      text('ms: p50 (dark) and p99 (light)', latencyLeft, 68),
      text(
        `Node.js ${machine.node}, PostgreSQL ${machine.postgresql}, ${machine.cores} cores of ${machine.processor}; ${dates}.`,
        margin,
        height - 48,
      ),
      text(
        'Medians of interleaved rounds. Only what stands in one group was measured in the same minutes: compare ratios.',
        margin,
        height - 28,
      ),
    ],
    grid: [
      { ...grid, left: rateLeft, width: rateWidth },
      { ...grid, left: latencyLeft, width: latencyWidth },
    ],
    yAxis: [
      { ...categories, gridIndex: 0, axisLabel: labelsOf(rows) },
      { ...categories, gridIndex: 1, axisLabel: { show: false } },
    ],
    xAxis: [
      { ...values, gridIndex: 0, max: maxOf(rows, 'tokensPerSecond') * rateRoom },
      { ...values, gridIndex: 1, max: maxOf(rows, 'p99Millis') * latencyRoom },
    ],
    series: [
      toSeries(rows, 0, 'full', ({ median }) => median.tokensPerSecond, formatRate),
      toSeries(rows, 1, 'pale', ({ median }) => median.p99Millis, formatLatency),
      toSeries(rows, 1, 'full', ({ median }) => median.p50Millis),
    ],
  };
}

function labelsOf(rows: readonly Row[]) {
  return {
    interval: 0,
    align: 'left' as const,
    margin: rateLeft - margin,
    width: rateLeft - margin,
    formatter: (index: string) => {
      const label = rows[Number(index)]?.label ?? '';
      return label.startsWith(headingMark)
        ? `{heading|${label.slice(headingMark.length)}}`
        : `{server|${label}}`;
    },
    rich: {
      heading: { color: ink, fontFamily, fontSize: 13, fontWeight: 'bold' as const },
      server: { color: ink, fontFamily, fontSize: 12, padding: [0, 0, 0, 12] },
    },
  };
}

function toSeries(
  rows: readonly Row[],
  axis: number,
  shade: 'full' | 'pale',
  valueOf: (contestant: ContestantResult) => number,
  format?: (contestant: ContestantResult) => string,
) {
  return {
    type: 'bar' as const,
    xAxisIndex: axis,
    yAxisIndex: axis,
    barWidth: 14,
    // Those of one axis lie upon each other.
    barGap: '-100%',
    silent: true,
    data: rows.map(({ contestant }) => ({
      value: contestant ? valueOf(contestant) : 0,
      itemStyle: { color: contestant ? colours[contestant.plan.kind][shade] : ground },
      label: {
        show: contestant !== undefined && format !== undefined,
        position: 'right' as const,
        formatter: contestant && format ? format(contestant) : '',
        color: ink,
        fontFamily,
        fontSize: 12,
      },
    })),
  };
}

function formatRate({ median, ratioToBare }: ContestantResult): string {
  return `${Math.round(median.tokensPerSecond).toLocaleString('en')}  (${ratioToBare.median.toFixed(2)})`;
}

function formatLatency({ median }: ContestantResult): string {
  return `${median.p50Millis.toFixed(1)} – ${median.p99Millis.toFixed(1)}`;
}

function maxOf(rows: readonly Row[], what: 'tokensPerSecond' | 'p99Millis'): number {
  return Math.max(...rows.map(({ contestant }) => contestant?.median[what] ?? 0));
}

/** For whoever does not see it. */
function describe(svg: string): string {
  return svg.replace('<svg ', `<svg role="img" aria-label="${title}" `);
}

/** Styles for a mouse that is not there, under names that count up from picture to picture. */
function withoutStyles(svg: string): string {
  return svg
    .replaceAll(/ class="[^"]*"/g, '')
    .replaceAll(/ ecmeta_\w+="[^"]*"/g, '')
    .replace(/<style\b[\s\S]*?<\/style>\n?/, '');
}
