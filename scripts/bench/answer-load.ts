import { Agent, request } from 'node:http';

export type Asked = { id: string; sentAt: number; firstWordAt: number | null; failed: boolean };

const now = () => performance.timeOrigin + performance.now();
let count = 0;

/** Each key's person asks a streamed question, and again when it is answered, for so many seconds. */
export async function askAgainAndAgain(url: string, keys: readonly string[], seconds: number): Promise<Asked[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: keys.length });
  const until = Date.now() + seconds * 1_000;
  const asked: Asked[] = [];
  await Promise.all(
    keys.map(async (key) => {
      while (Date.now() < until) asked.push(await ask(url, key, agent));
    }),
  );
  agent.destroy();
  return asked;
}

function ask(url: string, key: string, agent: Agent): Promise<Asked> {
  const id = `q${(count += 1)}`;
  const line = String((count * 37) % 1_000).padStart(4, '0');
  const body = JSON.stringify({
    question: `ask ${id}: what is the release code of packaging line L${line}?`,
    stream: true,
  });
  const asked: Asked = { id, sentAt: now(), firstWordAt: null, failed: true };
  return new Promise((resolve) => {
    const sent = request(
      `${url}/api/v1/ask`,
      {
        method: 'POST',
        agent,
        headers: {
          Authorization: `Bearer ${key}`,
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
          if (asked.firstWordAt === null && text.includes('"type":"text"')) asked.firstWordAt = now();
        });
        response.on('end', () => {
          asked.failed = !text.includes('"type":"done"') || !text.includes('"outcome":"answered"');
          resolve(asked);
        });
        response.on('error', () => resolve(asked));
      },
    );
    sent.on('error', () => resolve(asked));
    sent.end(body);
  });
}

/** The value below which this share lies, to a tenth. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return value === undefined ? 0 : Math.round(value * 10) / 10;
}
