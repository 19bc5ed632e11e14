import { once } from 'node:events';
import net from 'node:net';

/** An address of this machine beside 127.0.0.1, from which a proxy of a test speaks. */
export const ANOTHER_ADDRESS = '127.0.0.7';

/** Null where this machine has it, as Linux does without being asked, else the line that says what is missing. */
export const NO_OTHER_ADDRESS: string | null = (await hasIt())
  ? null
  : `skipped: this machine has no ${ANOTHER_ADDRESS} for a proxy to speak from (macOS: sudo ifconfig lo0 alias ${ANOTHER_ADDRESS})`;

async function hasIt(): Promise<boolean> {
  const server = net.createServer();
  try {
    server.listen(0, ANOTHER_ADDRESS);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
