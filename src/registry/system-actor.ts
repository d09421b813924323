/** Who acts when nobody does: rules that are kept by the clock alone. */
import type { Actor } from '../model/principal.ts';
import { operatorAtTheMachine } from './bootstrap.ts';

/** `job` stands where a request's id would. Nobody waits for its changes, whose order alone matters. */
export function systemActor(job: string): Actor {
  return {
    principal: { ...operatorAtTheMachine.principal, type: 'system', name: 'Latchkey itself' },
    origin: { requestId: job, address: null },
    waits: false,
  };
}
