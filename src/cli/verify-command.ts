/** `latchkey verify`: checks one access token against an issuer and explains it in words. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { resolveIssuer } from './caller.ts';
import { explainFields } from './claim-meanings.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { addExamples, addIssuerOption, addJsonOption } from './remote-command.ts';
import { reasonOf } from './saved-file.ts';
import { fetchKeySet, fetchMetadata } from './server-metadata.ts';
import type { Terminal } from './terminal.ts';
import { formatTable } from './text-table.ts';
import { compactTokenPattern } from './token-command.ts';
import { inspectToken, type TokenReport } from './token-inspection.ts';

interface VerifyOptions {
  issuer?: string;
  audience?: string;
  json?: boolean;
}

export function verifyCommand(terminal: Terminal): Command {
  return addExamples(
    addJsonOption(addIssuerOption(new Command('verify')))
      .description('check an access token against an issuer, and explain each claim and each fault')
      .argument(
        '[token]',
        'file that holds it, "-" for standard input (the default), or the token itself',
      )
      .option('--audience <api>', 'identifier of the API it must be for')
      .action((source: string | undefined, options: VerifyOptions) =>
        verify(terminal, source, options),
      ),
    'verify --audience https://orders.example.com token.jwt',
    'token --credentials billing.env | latchkey verify --json',
  );
}

async function verify(
  terminal: Terminal,
  source: string | undefined,
  options: VerifyOptions,
): Promise<void> {
  const issuer = resolveIssuer(options);
  const token = extractToken(await readSource(terminal, source));
  const keySet = await fetchKeySet(await fetchMetadata(issuer));
  const now = new Date();
  const audience = options.audience ?? null;
  const report = await inspectToken(token, { issuer, keySet, audience, now });
  if (options.json) {
    const { notChecked, ...rest } = report;
    terminal.printJson({ issuer, audience, ...rest, not_checked: notChecked });
  } else {
    terminal.print(...describeReport(report, issuer, now));
  }
  // The report has said everything; only the exit code is left.
  if (!report.valid) throw new CliError(exitCodes.refused, []);
}

async function readSource(terminal: Terminal, source: string | undefined): Promise<string> {
  if (source === undefined && terminal.inputIsTerminal) {
    throw new CliError(exitCodes.usage, [
      'no token to check: name a file that holds it, or pipe it in ("latchkey token | latchkey verify")',
    ]);
  }
  if (source === undefined || source === '-') return terminal.readInput();
  try {
    return await readFile(source, 'utf8');
  } catch (cause) {
    // Also a damaged one: what looks like a token is inspected, and never repeated in an error.
    if (compactTokenPattern.test(source) || /^(bearer\s|eyJ)/i.test(source)) return source;
    throw new CliError(exitCodes.usage, [`${source} cannot be read: ${reasonOf(cause)}`], {
      cause,
    });
  }
}

/** A bare token, one behind "Bearer", or a whole token response. */
function extractToken(text: string): string {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) {
    try {
      const response = JSON.parse(trimmed) as { access_token?: unknown };
      if (typeof response.access_token === 'string') return response.access_token;
    } catch {
      // Not a response: it is then reported as not being a token.
    }
  }
  return trimmed.replace(/^(authorization:\s*)?bearer\s+/i, '');
}

function describeReport(report: TokenReport, issuer: string, now: Date): string[] {
  const { faults, notChecked } = report;
  const count = faults.length === 1 ? 'one reason' : `${faults.length} reasons`;
  const fields = explainFields(report, now).map(({ name, value, meaning }) => [
    `  ${name}`,
    abbreviate(value),
    meaning,
  ]);
  return [
    report.valid
      ? `Valid: ${issuer} issued this access token, and nobody changed it.`
      : `Not valid, for ${count}:`,
    ...faults.flatMap(({ problem, advice }) => ['', `  ${problem}`, `  ${advice}`]),
    ...(fields.length === 0
      ? []
      : [
          '',
          `${report.valid ? 'What it says' : 'What it claims'}:`,
          '',
          ...formatTable([], fields),
        ]),
    ...(notChecked.length === 0
      ? []
      : ['', 'Not checked:', ...notChecked.map((line) => `  - ${line}`)]),
  ];
}

const valueCharactersMax = 80;

function abbreviate(value: string): string {
  return value.length > valueCharactersMax ? `${value.slice(0, valueCharactersMax)}…` : value;
}
