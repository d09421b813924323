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

/** The body as text. Throws BodyError; after a 413 the rest is not read and the connection closes. */
export function readBody(
  req: IncomingMessage,
  res: ServerResponse,
  bytesMax: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const refuseTooLarge = () => {
      closeAfterAnswer(req, res);
      req.pause();
      reject(new BodyError(413, `the body must be at most ${bytesMax} bytes`));
    };
    if (Number(req.headers['content-length'] ?? 0) > bytesMax) return refuseTooLarge();
    let length = 0;
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= bytesMax) chunks.push(chunk);
      else refuseTooLarge();
    });
    req.on('end', () => {
      const body = whole(chunks);
      if (isUtf8(body)) resolve(body.toString('utf8'));
      else reject(new BodyError(400, 'the body must be UTF-8'));
    });
    // Also when the connection breaks: Node ends a request it did not get whole with an error.
    req.on('error', (error) => {
      const message = 'the body ended early, or is not as long as announced';
      reject(new BodyError(400, message, error));
    });
  });
}

/** Nearly every body is one chunk, which need not be copied. */
function whole(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}

/** A sender that keeps sending would otherwise hold the connection for as long as it likes. */
function closeAfterAnswer(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader('Connection', 'close');
  res.once('finish', () => req.socket.destroySoon());
}

/** The media type of a request, in lower case and without parameters; undefined when there is none. */
export function mediaType(req: IncomingMessage): string | undefined {
  return req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
}
