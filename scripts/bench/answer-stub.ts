import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { hashEmbedding } from '../../tests/fakes/model-server.ts';

/**
 * The model server of the answer benchmark, in a process of its own: 50 pieces 5 ms apart, embeddings of 384 numbers at once.
 * It notes when each chat request came in whole, and whether the prompt holds the passage that answers it; the parent asks for
 * these notes by message. Times are epoch milliseconds with fractions, comparable between processes of one machine.
 */
const PIECES = 50;
const PIECE_MS = 5;

export type StubNotes = { arrivals: Record<string, number>; right: number; prompts: number };

let notes: StubNotes = { arrivals: {}, right: 0, prompts: 0 };
const now = () => performance.timeOrigin + performance.now();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body =
      chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>);
    const json = (value: unknown) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (request.url === '/api/version') return json({ version: '0.17.4' });
    if (request.url === '/api/tags')
      return json({
        models: ['stub-chat', 'stub-embed'].map((name) => ({ name, model: name, size: 1e9, details: {} })),
      });
    if (request.url === '/api/show')
      return json(
        body.model === 'stub-embed'
          ? { capabilities: ['embedding'], model_info: { 'stub.context_length': 8_192 } }
          : { capabilities: ['completion'], model_info: { 'stub.context_length': 8_192 } },
      );
    if (request.url === '/api/embed') {
      const texts = Array.isArray(body.input) ? body.input.map(String) : [String(body.input)];
      return json({ model: 'stub-embed', embeddings: texts.map((text) => Array.from(hashEmbedding(text))) });
    }
    if (request.url === '/api/chat') return void chat(body);
    response.writeHead(404).end('{"error":"not here"}');
  });

  async function chat(body: Record<string, unknown>): Promise<void> {
    note(JSON.stringify(body.messages));
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for (let piece = 0; piece < PIECES; piece += 1) {
      if (piece > 0) await pause(PIECE_MS);
      if (response.destroyed) return;
      response.write(
        `{"model":"stub-chat","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"word${piece} "},"done":false}\n`,
      );
    }
    response.end(
      '{"model":"stub-chat","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"[1]"},"done":true,"done_reason":"stop"}\n',
    );
  }
});

function note(prompt: string): void {
  const asked = /ask (q\d+): .*?line L(\d{4})\b/.exec(prompt.slice(prompt.lastIndexOf('ask q')));
  if (!asked) return;
  notes.arrivals[asked[1] ?? ''] = now();
  notes.prompts += 1;
  if (prompt.includes(`release code C${Number(asked[2]) * 7 + 13}X`)) notes.right += 1;
}

process.on('message', () => {
  process.send?.(notes);
  notes = { arrivals: {}, right: 0, prompts: 0 };
});
process.once('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
