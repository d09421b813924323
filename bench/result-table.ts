/** A benchmark's result as a Markdown table, to read in a terminal and to paste into a page. */
import type { BenchmarkResult, Spread } from './benchmark-result.ts';

/** Of one core; above this, the numbers are about something else. */
const otherCoreShareMax = 0.25;

export function formatResult({ conditions, contestants, ratios }: BenchmarkResult): string {
  const header = [
    'server',
    'clients',
    'tokens/s',
    'ratio to bare (min – max)',
    'p50 ms',
    'p99 ms',
    'CPU µs/token',
    'PostgreSQL µs/token',
    'server core',
    'generator core',
    'other load',
  ];
  const rows = contestants.map(({ name, clients, median, ratioToBare }) => [
    name,
    count(clients),
    count(median.tokensPerSecond),
    spread(ratioToBare),
    median.p50Millis.toFixed(2),
    median.p99Millis.toFixed(2),
    median.cpuMicrosPerToken.toFixed(1),
    median.databaseCpuMicrosPerToken?.toFixed(1) ?? '',
    percent(median.serverCoreShare),
    percent(median.loadGeneratorCoreShare),
    percent(median.otherCoreShare),
  ]);
  const many = count(contestants.at(-1)?.clients ?? 0);
  return [
    ...formatTable(header, rows),
    '',
    `Latchkey with ${many} clients against one (P3): ${spread(ratios.manyClientsToOne)}`,
    `Latchkey with one client against oidc-provider as it comes (P4): ${spread(ratios.toOidcProvider)}`,
    '',
    `Medians of ${conditions.rounds} interleaved rounds of ${conditions.secondsPerRound} s, ` +
      `${conditions.connections} keep-alive connections; ratios are of rounds, not of medians.`,
    `Node.js ${conditions.node}, PostgreSQL ${conditions.postgresql}, ` +
      `${conditions.cores} cores of ${conditions.processor}, ${
        conditions.pinned
          ? 'one for the server under load, one for the load generator'
          : 'not pinned: server and load generator may share one'
      }; ${conditions.startedAt}.`,
    ...(contestants.some(({ median }) => median.otherCoreShare > otherCoreShareMax)
      ? ['', 'The machine was busy with other things: repeat this when it is idle.']
      : []),
    '',
  ].join('\n');
}

function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0), title.length, 3),
  );
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(header), line(rule), ...rows.map(line)];
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function spread({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)} – ${max.toFixed(2)})`;
}
