import { refusal } from './session.sql.ts';
import { MESSAGE, cstring, message, messagesIn } from './wire.ts';

/** The statement names of one client, which stand for names of the one session that all clients share. */
export type StatementNames = { clientId: number; names: Map<string, string>; made: number };

/** The unnamed statement of the session: whoever parsed it last. */
export type Unnamed = { clientId: number | null };

export const statementNames = (clientId: number): StatementNames => ({ clientId, names: new Map(), made: 0 });

const HEAD_BYTES = 64;

/**
 * A client's messages with its statement names made its own, so that two clients may use the same name. SQL that is refused
 * becomes a statement that fails with the reason. An unnamed statement that another client has replaced since is named so
 * that it is not found, instead of running the other's. Gives `bytes` itself where nothing had to change.
 */
export function keepApart(bytes: Buffer, mine: StatementNames, unnamed: Unnamed): Buffer {
  const pieces: Buffer[] = [];
  let copied = 0;
  const replace = (start: number, end: number, by: Buffer) => {
    pieces.push(bytes.subarray(copied, start), by);
    copied = end;
  };
  for (const { type, start, end } of messagesIn(bytes)) {
    const changed = rewritten(type, bytes.subarray(start + 5, end), mine, unnamed);
    if (changed) replace(start, end, message(type, changed));
  }
  if (pieces.length === 0) return bytes;
  pieces.push(bytes.subarray(copied));
  return Buffer.concat(pieces);
}

function rewritten(type: number, body: Buffer, mine: StatementNames, unnamed: Unnamed): Buffer | null {
  if (type === MESSAGE.query) {
    unnamed.clientId = null;
    const refused = refusedAt(body, 0);
    return refused ? cstring(refused) : null;
  }
  if (type === MESSAGE.parse) {
    const nameEnd = body.indexOf(0);
    const name = body.toString('utf8', 0, nameEnd);
    const refused = refusedAt(body, nameEnd + 1);
    if (name === '') unnamed.clientId = mine.clientId;
    if (name === '' && !refused) return null;
    const textEnd = body.indexOf(0, nameEnd + 1) + 1;
    const text = refused ? cstring(refused) : body.subarray(nameEnd + 1, textEnd);
    return Buffer.concat([cstring(name === '' ? '' : nameFor(mine, name)), text, body.subarray(textEnd)]);
  }
  if (type === MESSAGE.bind) {
    const portalEnd = body.indexOf(0) + 1;
    const nameEnd = body.indexOf(0, portalEnd);
    const name = sessionName(body.toString('utf8', portalEnd, nameEnd), mine, unnamed);
    return name === null
      ? null
      : Buffer.concat([body.subarray(0, portalEnd), cstring(name), body.subarray(nameEnd + 1)]);
  }
  if ((type === MESSAGE.describe || type === MESSAGE.close) && body[0] === 0x53) {
    const given = body.toString('utf8', 1, body.length - 1);
    const name = sessionName(given, mine, unnamed);
    if (type === MESSAGE.close) mine.names.delete(given);
    return name === null ? null : cstring(`S${name}`);
  }
  return null;
}

/** The name in the session, or null where the given one may stay. */
function sessionName(given: string, mine: StatementNames, unnamed: Unnamed): string | null {
  if (given !== '') return mine.names.get(given) ?? `unknown to this client: ${given}`;
  return unnamed.clientId === mine.clientId ? null : 'the unnamed one, replaced since by another client';
}

function nameFor(mine: StatementNames, given: string): string {
  let name = mine.names.get(given);
  if (!name) mine.names.set(given, (name = `c${mine.clientId}_${(mine.made += 1)}`));
  return name;
}

const refusedAt = (body: Buffer, from: number): string | null =>
  refusal(body.toString('latin1', from, from + HEAD_BYTES));
