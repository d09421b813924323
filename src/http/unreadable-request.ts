/**
 * Answers to what Node cannot read as an HTTP request (RFC 9112), or not in time. Left alone it sends a bare
 * status line: no body, no request id, no log.
 */
import type { Refusal } from './refusals.ts';

const refusals: Record<string, Refusal> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'header_too_large',
    title: 'The head of the request is too large',
    detail: 'the request line and all header fields together must be at most 16 KiB',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'payload_too_large',
    title: 'The body is too large',
    detail: 'the chunk extensions are too long: leave them out',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_timeout',
    title: 'The request took too long',
    detail: 'send the head within 10 seconds and the whole request within 12',
  },
};

const unreadable: Refusal = {
  status: 400,
  code: 'unreadable_request',
  title: 'The request is not readable',
  detail: 'this is not a well-formed HTTP/1.1 request',
};

export function refusalOf(failure: NodeJS.ErrnoException): Refusal {
  return refusals[failure.code ?? ''] ?? unreadable;
}
