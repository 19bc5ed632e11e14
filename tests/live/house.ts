import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { syncEnvironmentModels } from '../../core/setup/environment-models.ts';
import { startWorkers } from '../../workers/main.ts';
import { anApi, type Client } from '../factories/api.ts';
import { aGroup, aPerson } from '../factories/company.ts';
import { aContext } from '../factories/context.ts';
import { freshDatabase } from '../setup/database.ts';
import { aRelay, type Call, type Relay } from './relay.ts';
import type { LiveServer } from './servers.ts';

const DOCUMENTS = path.join(import.meta.dirname, '../../prisma/sample/documents/company-policies');
const FILES = ['Remote-Work-Policy.md', 'Travel-and-Expenses-Policy.html', 'IT-Security-Policy.pdf'];
const INGESTED_WITHIN_MS = 300_000;

export type House = {
  /** May read the documents. */
  reader: Client;
  /** Has no grant on them. */
  stranger: Client;
  knowledgeBaseId: string;
  /** The model that answers, as answers name it. */
  model: string;
  /** The server's chats so far. */
  chats(): readonly Call[];
  /** The server's embeddings so far. */
  embeddings(): readonly Call[];
  close(): Promise<void>;
};

/**
 * A whole Gatehouse on this server: API and workers over a relay, a knowledge base of three documents that were uploaded
 * and ingested through them, someone who may read it and someone who may not.
 */
export async function aHouseOn(server: LiveServer): Promise<House> {
  const database = await freshDatabase();
  const relay = await aRelay(server.baseUrl ?? '');
  const embeddingRelay = server.embedding && server.kind === 'openai' ? await aRelay(server.embedding.baseUrl) : relay;
  const ctx = await aContext(database, { settings: settingsOf(server, relay, embeddingRelay) });
  const workers = await startWorkers(ctx);
  const api = await anApi(ctx);
  const close = async () => {
    workers.stop();
    await api.stop();
    await ctx.close();
    await Promise.all(new Set([relay, embeddingRelay]).values().map((each) => each.close()));
    await database.close();
  };
  try {
    const [owner, reader, stranger, admin] = [
      await aPerson(ctx),
      await aPerson(ctx),
      await aPerson(ctx),
      await aPerson(ctx, { role: 'admin' }),
    ];
    await aGroup(ctx, { members: [owner], permissions: { 'workspace.knowledge': 'allow' } });
    if (isFromSettings(server)) expect(await syncEnvironmentModels(ctx)).toMatchObject({ chat: server.chatModel });
    else await connect(await api.session(admin), server, relay.url);
    const own = await api.session(owner);
    const knowledgeBaseId = await uploaded(own);
    await made(own, '/grants', grant('knowledge_base', knowledgeBaseId, { kind: 'person', id: reader.id }));
    const asReader = await api.key(reader, 'ask');
    const [model] = (await (await api.session(reader)).call('GET', '/models')).body.items;
    return {
      reader: asReader,
      stranger: await api.key(stranger, 'ask'),
      knowledgeBaseId,
      model: model.name,
      chats: () => relay.calls.filter((call) => /\/chat(\/completions)?$/.test(call.path)),
      embeddings: () => embeddingRelay.calls.filter((call) => /\/embed(dings)?$/.test(call.path)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** llama.cpp has no settings of its own: an administrator connects it. */
const isFromSettings = (server: LiveServer): boolean => server.name !== 'llama.cpp';

function settingsOf(server: LiveServer, relay: Relay, embeddingRelay: Relay): Record<string, string> {
  // Slow machines load a model and read a prompt for minutes; what is tested is the way, not the time.
  const patient = { FIRST_TOKEN_TIMEOUT_MS: '240000', IDLE_TIMEOUT_MS: '120000', PASSAGES_PER_ANSWER: '3' };
  if (!isFromSettings(server)) return patient;
  const [prefix, embedUrl] = server.kind === 'ollama' ? ['OLLAMA', 'OLLAMA_BASE_URL'] : ['VLLM', 'VLLM_EMBED_BASE_URL'];
  return {
    ...patient,
    [`${prefix}_BASE_URL`]: relay.url,
    [`${prefix}_CHAT_MODEL`]: server.chatModel ?? '',
    ...(server.embedding
      ? {
          [embedUrl]: embeddingRelay.url,
          [`${prefix}_EMBED_MODEL`]: server.embedding.model,
          EMBEDDING_MODEL: prefix.toLowerCase(),
        }
      : {}),
  };
}

const grant = (kind: 'knowledge_base' | 'model', id: string, to: object) => ({
  resource: { kind, id },
  to,
  level: 'use',
});

async function made(client: Client, at: string, body: object): Promise<any> {
  const answer = await client.call('POST', at, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body;
}

/** As an administrator does it in the portal: the server is connected, and its model given to everyone. */
async function connect(admin: Client, server: LiveServer, baseUrl: string): Promise<void> {
  const connected = await made(admin, '/model-servers', { name: server.name, kind: server.kind, baseUrl });
  const model = connected.models.find((each: any) => each.kind === 'chat');
  expect(model).toBeDefined();
  await made(admin, '/grants', grant('model', model.id, { kind: 'everyone' }));
}

/** A knowledge base with the documents in it, once each can be asked. */
async function uploaded(owner: Client): Promise<string> {
  const { id } = await made(owner, '/knowledge-bases', { name: 'Company Policies' });
  const form = new FormData();
  for (const name of FILES) form.append('file', new Blob([await readFile(path.join(DOCUMENTS, name))]), name);
  const answer = await owner.raw('POST', `/knowledge-bases/${id}/documents`, { body: form });
  expect(await answer.json()).toMatchObject({ documents: FILES.map((name) => ({ name })), refused: [] });
  const end = Date.now() + INGESTED_WITHIN_MS;
  for (;;) {
    const { items } = (await owner.call('GET', `/knowledge-bases/${id}/documents`)).body;
    expect(items.filter((each: any) => each.stage === 'failed')).toEqual([]);
    if (items.every((each: any) => each.stage === 'ready')) return id;
    if (Date.now() > end) throw new Error('The documents were not ingested in time');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
