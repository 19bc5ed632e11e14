import busboy from 'busboy';
import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { AppError, asAppError } from '../../core/errors.ts';

export const MAX_FILES = 1_000;

export type Refused = { name: string; code: string; message: string };

/**
 * Reads a multipart body and hands each file of the field `file` to `accept` as a stream, one after the other and never
 * held in memory. A refused file doesn't stop the others; when the sender goes away, the file in flight is lost and those
 * accepted before stay. `onFault`: told of what was not a refusal.
 * @throws AppError 'bad_input' for a body that is none or holds no file.
 */
export async function readFiles<Accepted>(
  request: Request,
  accept: (file: { name: string; content: Readable }) => Promise<Accepted>,
  onFault: (error: unknown) => void,
): Promise<{ accepted: Accepted[]; refused: Refused[] }> {
  const accepted: Accepted[] = [];
  const refused: Refused[] = [];
  const parser = parserOf(request);
  let turn = Promise.resolve();
  parser.on('file', (field, content, { filename }) => {
    const name = filename ?? '';
    // What breaks off is noticed by whoever reads it; without a listener it would end the process.
    content.on('error', () => {});
    turn = turn.then(async () => {
      try {
        if (field !== 'file') throw new AppError('bad_input', 'Send files in the field `file`');
        accepted.push(await accept({ name, content }));
      } catch (error) {
        const known = asAppError(error);
        // A stream that its sender broke off fails whoever reads it, and that is no fault of theirs.
        if (known.code === 'internal' && parser.errored === null) onFault(error);
        refused.push({ name, code: known.code, message: known.message });
        // What was refused unread is read to its end, so that the next file comes.
        content.resume();
      }
    });
  });
  let tooMany = false;
  parser.on('filesLimit', () => (tooMany = true));
  try {
    await parsed(request, parser);
  } catch (error) {
    await turn;
    if (error instanceof AppError) throw error;
    throw new AppError('bad_input', 'The upload is not a well-formed multipart body', { cause: error });
  }
  await turn;
  if (tooMany)
    refused.push({
      name: '',
      code: 'bad_input',
      message: `At most ${MAX_FILES} files are taken at once; send the others again`,
    });
  if (accepted.length + refused.length === 0)
    throw new AppError('bad_input', 'Send at least one file in the field `file`');
  return { accepted, refused };
}

/**
 * Reads the body to its end. Unlike a pipeline it leaves the connection open where the body is malformed: the sender is to
 * hear of it. @throws AppError 'stopped' when they went away.
 */
async function parsed(request: Request, parser: busboy.Busboy): Promise<void> {
  const gone = () => request.complete || parser.destroy(new AppError('stopped', 'The upload broke off'));
  request.once('close', gone);
  try {
    await finished(request.pipe(parser));
  } finally {
    request.off('close', gone);
  }
}

function parserOf(request: Request): busboy.Busboy {
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: { files: MAX_FILES, fields: 100, fieldSize: 10_000, headerPairs: 50 },
    });
  } catch {
    throw new AppError('bad_input', 'Send files as multipart/form-data, in the field `file`');
  }
}
