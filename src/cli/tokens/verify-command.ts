/** `latchkey verify`: checks one access token against an issuer and explains it in words. */
import { Command } from 'commander';
import { resolveIssuer } from '../remote/caller.ts';
import { explainFields } from './claim-meanings.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { parseText } from '../terminal/option-values.ts';
import { addExamples, addIssuerOption, addJsonOption } from '../remote/remote-command.ts';
import { fetchKeySet, fetchMetadata } from '../remote/server-metadata.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatTable } from '../terminal/text-table.ts';
import { inspectToken, type TokenReport } from './token-inspection.ts';
import { readToken, tokenArgument } from './token-source.ts';

interface VerifyOptions {
  issuer?: string;
  audience?: string;
  json?: boolean;
}

export function verifyCommand(terminal: Terminal): Command {
  return addExamples(
    addJsonOption(addIssuerOption(new Command('verify')))
      .description('check an access token against an issuer, and explain each claim and each fault')
      .argument(tokenArgument.name, tokenArgument.description)
      .option('--audience <api>', 'identifier of the API it must be for', parseText)
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
  const token = await readToken(terminal, source, { purpose: 'check', command: 'verify' });
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
