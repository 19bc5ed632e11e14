import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

/** One request that passed. Tokens as the server counted them, where it did. */
export type Call = {
  path: string;
  /** Pieces in which the answer came. */
  pieces: number;
  promptTokens: number | null;
  answerTokens: number | null;
  /** `cut`: the caller closed the connection before the answer was complete, and so did we to the server. */
  end: 'running' | 'complete' | 'cut' | 'failed';
};

export type Relay = {
  /** Stands for the server's own base URL. */
  url: string;
  calls: readonly Call[];
  close(): Promise<void>;
};

/** Stands before a model server, changes nothing and writes down what passed: so a closed connection can be seen. */
export async function aRelay(baseUrl: string): Promise<Relay> {
  const target = new URL(baseUrl);
  const calls: Call[] = [];
  const relay = http.createServer((incoming, outgoing) => {
    const call: Call = { path: incoming.url ?? '', pieces: 0, promptTokens: null, answerTokens: null, end: 'running' };
    calls.push(call);
    const open = target.protocol === 'https:' ? https.request : http.request;
    const onward = open(
      new URL(incoming.url ?? '/', target),
      { method: incoming.method, headers: { ...incoming.headers, host: target.host } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        let last = '';
        answer.on('data', (piece: Buffer) => {
          call.pieces += 1;
          last = (last + piece.toString()).slice(-4_000);
          outgoing.write(piece);
        });
        answer.on('end', () => {
          call.end = 'complete';
          call.promptTokens = countIn(last, /"prompt_(?:eval_count|tokens)": ?(\d+)/);
          call.answerTokens = countIn(last, /"(?:eval_count|completion_tokens)": ?(\d+)/);
          outgoing.end();
        });
      },
    );
    onward.on('error', () => {
      if (call.end === 'running') call.end = 'failed';
      outgoing.destroy();
    });
    outgoing.on('close', () => {
      if (call.end === 'running') call.end = 'cut';
      onward.destroy();
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const path = target.pathname === '/' ? '' : target.pathname;
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}${path}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        relay.close(() => resolve());
        relay.closeAllConnections();
      }),
  };
}

const countIn = (text: string, pattern: RegExp): number | null => {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
};
