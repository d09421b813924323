/** A benchmark's result in Markdown, to read in a terminal and to put into a page. */
import type {
  BenchmarkResult,
  Comparison,
  ContestantResult,
  GroupResult,
  Spread,
} from './benchmark-result.ts';

/** Of one core; above this, the numbers are about something else. */
const otherCoreShareMax = 0.25;
/** Of the cores that a server could use; below this, something else was the limit. */
const serverCoreShareMin = 0.9;
const bytesPerClientMax = 1_024;

export function formatResult({ machine, groups }: BenchmarkResult): string {
  const { node, postgresql, processor, cores, memoryBytes } = machine;
  return [
    `Node.js ${node}, PostgreSQL ${postgresql}, ${cores} cores of ${processor}, ${gigabytes(memoryBytes)} of memory. ` +
      'Each number is the median of its rounds; ratios are of rounds, not of medians, with the lowest and the highest in brackets.',
    '',
    ...groups.flatMap((group) => [...formatGroup(group), '']),
  ].join('\n');
}

function formatGroup(group: GroupResult): string[] {
  const { title, note, placement, contestants } = group;
  const { startedAt, rounds, secondsPerRound, connections } = group;
  return [
    `### ${title}`,
    '',
    ...(note === '' ? [] : [note, '']),
    ...formatSpeed(contestants),
    '',
    ...formatResources(contestants),
    '',
    ...group.comparisons.map(formatComparison),
    ...formatBytesPerClient(group),
    ...contestants.flatMap(formatChanges),
    ...formatReads(contestants),
    `- Interleaved rounds: ${rounds} of ${secondsPerRound} s on ${connections} keep-alive connections, from ${startedAt} on. ${placement}`,
    ...formatDoubts(group),
  ];
}

function formatSpeed(contestants: readonly ContestantResult[]): string[] {
  return formatTable(
    ['server', 'tokens/s', 'ratio to bare', 'p50 ms', 'p99 ms', 'p99 to bare'],
    contestants.map(({ plan, median, ratioToBare, p99RatioToBare }) => [
      plan.name,
      count(median.tokensPerSecond),
      spread(ratioToBare),
      median.p50Millis.toFixed(2),
      median.p99Millis.toFixed(2),
      spread(p99RatioToBare),
    ]),
  );
}

function formatResources(contestants: readonly ContestantResult[]): string[] {
  return formatTable(
    [
      'server',
      'CPU µs/token',
      'PostgreSQL µs/token',
      'resident MB',
      'server core',
      'generator core',
      'other load',
    ],
    contestants.map(({ plan, median }) => [
      plan.name,
      median.cpuMicrosPerToken.toFixed(1),
      median.databaseCpuMicrosPerToken?.toFixed(1) ?? '',
      count(median.residentBytes / 1e6),
      percent(median.serverCoreShare),
      percent(median.loadGeneratorCoreShare),
      percent(median.otherCoreShare),
    ]),
  );
}

function formatComparison(comparison: Comparison): string {
  const { title, promisedMin, tokensPerSecond, cpuMicrosPerToken, p99Millis } = comparison;
  const promised = promisedMin === null ? '' : `; promised: ${promisedMin.toFixed(2)}`;
  return (
    `- ${title}: ${spread(tokensPerSecond)} of its tokens/s${promised}; ` +
    `${cpuMicrosPerToken.median.toFixed(2)} of its CPU per token, ${p99Millis.median.toFixed(2)} of its p99.`
  );
}

function formatBytesPerClient({ bytesPerClient }: GroupResult): string[] {
  if (bytesPerClient === null) return [];
  const { heap, buffers } = bytesPerClient;
  return [
    `- A remembered client takes ${count(heap + buffers)} bytes (heap ${count(heap)}, Buffers ${count(buffers)}); promised: at most ${count(bytesPerClientMax)}.`,
  ];
}

function formatChanges({ plan, median }: ContestantResult): string[] {
  const { changesPerSecond, changeP50Millis, changeP99Millis } = median;
  if (changesPerSecond === null) return [];
  return [
    `- ${plan.name}: ${changesPerSecond.toFixed(1)} changes a second were acknowledged by every instance, ` +
      `in ${changeP50Millis?.toFixed(1)} ms (p50) and ${changeP99Millis?.toFixed(1)} ms (p99); ` +
      `of 1,000 tokens, ${perThousand(median.clientsReadPerToken)} had their client read from the database again.`,
  ];
}

/** That tokens of remembered clients cost no query, and what does not fit into memory. */
function formatReads(contestants: readonly ContestantResult[]): string[] {
  const undisturbed = contestants.filter(
    ({ plan, median }) => plan.changesPerSecond === 0 && median.clientsReadPerToken !== null,
  );
  const readers = undisturbed.filter(({ rounds }) =>
    rounds.some(({ clientsReadPerToken }) => clientsReadPerToken !== 0),
  );
  if (undisturbed.length > 0 && readers.length === 0) {
    const names = undisturbed.map(({ plan }) => plan.name).join('; ');
    return [
      `- In no round was any client read from the database, as promised: all were remembered. ${names}.`,
    ];
  }
  return readers.map(
    ({ plan, median }) =>
      `- ${plan.name}: of 1,000 tokens, ${perThousand(median.clientsReadPerToken)} had their client read from the database: not all were remembered.`,
  );
}

function formatDoubts({ contestants, coreShare }: GroupResult): string[] {
  const other = Math.max(...contestants.map(({ median }) => median.otherCoreShare));
  if (other > otherCoreShareMax) {
    return [
      `- The machine was busy with other things (up to ${percent(other)} of a core): repeat this when it is idle.`,
    ];
  }
  return contestants
    .filter(
      ({ plan, median }) =>
        // Older files know no load that leaves room.
        (plan.tokensPerSecond ?? null) === null &&
        median.serverCoreShare < serverCoreShareMin * plan.workers * (coreShare ?? 1),
    )
    .map(
      ({ plan, median }) =>
        `- ${plan.name} used ${percent(median.serverCoreShare)} of a core: it was not the limit alone, and might do more with more cores around it.`,
    );
}

function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0), title.length, 3),
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

function perThousand(share: number | null): string {
  return ((share ?? 0) * 1_000).toFixed(1);
}

function gigabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 30)} GB`;
}

function spread({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)} – ${max.toFixed(2)})`;
}
