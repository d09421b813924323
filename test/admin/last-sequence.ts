/** Registry version: the number of the last change, as the audit trail shows it. */
import type { AdminApi } from '../support/admin-api.ts';

export async function readLastSequence(operator: AdminApi): Promise<number> {
  const { body } = await operator.request<{ data: { sequence: number }[] }>(
    '/audit-events?limit=1',
  );
  return body.data[0]?.sequence ?? 0;
}
