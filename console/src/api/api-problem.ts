/** A refusal of the admin API: problem details (RFC 9457), or that no server answered. */
import type { Problem } from './records.ts';

export interface StandingInTheWay {
  kind: 'clients' | 'locations' | 'apis' | 'members' | 'webhooks';
  id: string;
  name: string;
}

const kinds = ['clients', 'locations', 'apis', 'members', 'webhooks'] as const;

export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  /** HTTP status; 0: no answer. */
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  /** By JSON pointer into the body, without the slash in front. */
  readonly faults: ReadonlyMap<string, string>;
  readonly inTheWay: readonly StandingInTheWay[];

  constructor(status: number, body: Partial<Problem>) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? 'unknown';
    this.requestId = body.request_id;
    this.faults = gatherFaults(body.errors ?? []);
    this.inTheWay = kinds.flatMap((kind) =>
      (body[kind] ?? []).map(({ id, name }) => ({ kind, id, name })),
    );
  }
}

/** One field may have more than one. */
function gatherFaults(errors: NonNullable<Problem['errors']>): Map<string, string> {
  const faults = new Map<string, string>();
  for (const { pointer, detail } of errors) {
    const field = pointer.replace(/^\//, '');
    const before = faults.get(field);
    faults.set(field, before === undefined ? detail : `${before}; ${detail}`);
  }
  return faults;
}
