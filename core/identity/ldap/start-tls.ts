import type { Socket } from 'node:net';
import { BerReader } from 'ldapts';
import { providerFailed } from '../providers/failure.ts';

// An extended request of RFC 4511, section 4.14, as message number one.
const NAME = '1.3.6.1.4.1.1466.20037';
const REQUEST = Buffer.from([
  0x30,
  NAME.length + 7,
  0x02,
  0x01,
  0x01,
  0x77,
  NAME.length + 2,
  0x80,
  NAME.length,
  ...Buffer.from(NAME),
]);
const LONGEST_ANSWER_BYTES = 4_096;
const MESSAGE = 0x30;
const EXTENDED_RESPONSE = 0x78;

/**
 * Asks a directory to go on encrypted. Not by the library: it keeps what came in plain text after the answer and reads it
 * together with what comes encrypted, so that whoever sits in between could put "this password is right" there. Here a byte
 * too many ends the connection. @throws AppError 'provider_failed'.
 */
export async function agreeOnTls(socket: Socket): Promise<void> {
  socket.write(REQUEST);
  const answer = await wholeMessage(socket);
  const reader = new BerReader(answer);
  reader.readSequence(MESSAGE);
  const number = reader.readInt();
  const kind = reader.readSequence();
  const result = reader.readEnumeration();
  if (number !== 1 || kind !== EXTENDED_RESPONSE) throw providerFailed('not_trusted', 'StartTLS: another answer');
  if (result !== 0) throw providerFailed('misconfigured', `StartTLS: LDAP ${result}`);
}

/** One message and not a byte more; the socket is left paused. */
function wholeMessage(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const done = () => {
      socket.off('data', take).off('close', closed).off('error', reject).pause();
    };
    const closed = () => {
      done();
      reject(providerFailed('unreachable', 'StartTLS: connection lost'));
    };
    const take = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = lengthOf(received);
      if (received.length < length && received.length < LONGEST_ANSWER_BYTES) return;
      done();
      if (received.length === length) resolve(received);
      else reject(providerFailed('not_trusted', 'StartTLS: something was said in between'));
    };
    socket.on('data', take).once('close', closed).once('error', reject);
  });
}

/** How long the message is that begins here, its head included; endless while that can't be said, zero for what is none. */
function lengthOf(message: Buffer): number {
  const [tag, first] = message;
  if (tag === undefined || first === undefined) return Infinity;
  const more = first < 0x80 ? 0 : first & 0x7f;
  if (tag !== MESSAGE || more > 2 || first === 0x80) return 0;
  if (more === 0) return 2 + first;
  return message.length < 2 + more ? Infinity : 2 + more + message.readUIntBE(2, more);
}
