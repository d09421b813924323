/** Reads request bodies: whole, in UTF-8, and never more than allowed. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Why a body could not be read; `status` is the one HTTP has for it. */
export class BodyError extends Error {
  readonly status: 400 | 413;

  constructor(status: 400 | 413, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'BodyError';
    this.status = status;
  }
}

export interface BodyReader {
  /** The largest body that is read. */
  bytesMax: number;
  /** Told the body as text, once it is there. */
  onBody: (body: string) => void;
  /** Told why there will be none; after a 413 the rest is not read and the connection closes. */
  onError: (error: BodyError) => void;
}

/** Tells its reader one thing, once, and without a promise: this is on the way of every token. */
export function receiveBody(
  req: IncomingMessage,
  res: ServerResponse,
  { bytesMax, onBody, onError }: BodyReader,
): void {
  let isOver = false;
  const fail = (error: BodyError) => {
    if (isOver) return;
    isOver = true;
    onError(error);
  };
  const refuseTooLarge = () => {
    res.setHeader('Connection', 'close');
    req.pause();
    fail(new BodyError(413, `the body must be at most ${bytesMax} bytes`));
  };
  if (Number(req.headers['content-length'] ?? 0) > bytesMax) return refuseTooLarge();
  let length = 0;
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= bytesMax) chunks.push(chunk);
    else if (!isOver) refuseTooLarge();
  });
  req.on('end', () => {
    if (isOver) return;
    const body = whole(chunks);
    if (!isUtf8(body)) return fail(new BodyError(400, 'the body must be UTF-8'));
    isOver = true;
    onBody(body.toString('utf8'));
  });
  // Also when the connection breaks: Node ends a request it did not get whole with an error.
  req.on('error', (error) => {
    fail(new BodyError(400, 'the body ended early, or is not as long as announced', error));
  });
}

/** The same for those who wait. Throws BodyError. */
export function readBody(
  req: IncomingMessage,
  res: ServerResponse,
  bytesMax: number,
): Promise<string> {
  return new Promise((resolve, reject) =>
    receiveBody(req, res, { bytesMax, onBody: resolve, onError: reject }),
  );
}

/** Nearly every body is one chunk, which need not be copied. */
function whole(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}

/** For answers that do not wait for the end of the request: the listener closes the connection after them. */
export function closeIfUnread(res: ServerResponse): void {
  const { complete, readableLength, headers } = res.req;
  // Node says "complete" a moment after it has taken the last byte.
  const isAllThere = complete || Number(headers['content-length']) <= readableLength;
  if (!isAllThere) res.setHeader('Connection', 'close');
}

/** The media type of a request, in lower case and without parameters; undefined when there is none. */
export function mediaType(req: IncomingMessage): string | undefined {
  return req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
}
