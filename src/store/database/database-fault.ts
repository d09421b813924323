/** What an error of the database means for the caller. */
import { StoreUnavailable } from '../../model/store-unavailable.ts';

interface PostgresFault {
  code: string;
}

function postgresFault(error: unknown): PostgresFault | undefined {
  // TypeORM wraps the driver's error, and copies its fields.
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return error as Error & PostgresFault;
  }
  return undefined;
}

/** Serialization failure or deadlock: the same transaction may succeed when repeated. */
export function isRepeatable(error: unknown): boolean {
  const code = postgresFault(error)?.code;
  return code === '40001' || code === '40P01';
}

/** A value that is none of its column's type: malformed, out of range, or with a NUL (class 22). */
export function isDataException(error: unknown): boolean {
  return postgresFault(error)?.code.startsWith('22') ?? false;
}

// Connection exceptions (08), resources (53), operator intervention (57), system errors (58, XX), a
// lock or statement that took too long, a transaction that stood still for too long (25P03), and a
// database that is read-only while it fails over.
const unavailableStates = /^(08|53|57|58|XX|55P03|25P03|25006)/;
/** Code of the error. */
export const embeddedDatabaseStopped = 'EMBEDDED_DATABASE_STOPPED';

const networkFaults = new Set([
  embeddedDatabaseStopped,
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
// Neither pg nor TypeORM, which lets go of a connection that broke in the middle, has codes for these.
const driverMessages =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end|Client was closed|not queryable|timeout expired|Driver not Connected|query runner (was )?already released/i;

export function isUnavailable(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return true;
  const code = postgresFault(error)?.code;
  if (code !== undefined && (unavailableStates.test(code) || networkFaults.has(code))) return true;
  return error instanceof Error && driverMessages.test(error.message);
}

/** Runs `work`; a database that is gone or too slow becomes StoreUnavailable, all else passes. */
export async function callDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isUnavailable(error) ? new StoreUnavailable(error) : error;
  }
}
