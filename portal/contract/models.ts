import { z } from 'zod';
import { call } from './call.ts';
import { byId, id, instant, listOf } from './shapes.ts';

/** `openai`: vLLM, llama.cpp or anything else that speaks OpenAI's protocol. */
export const SERVER_KINDS = ['ollama', 'openai'] as const;
const serverKind = z.enum(SERVER_KINDS);
const modelKind = z.enum(['chat', 'embedding', 'rerank']);

/** A chat model that the caller may use; none: answers quote the documents. */
export const usableModel = z
  .object({
    id: z.string(),
    name: z.string(),
    server: z.string(),
    kind: modelKind,
    classes: z.array(z.string()),
    isDefault: z.boolean(),
  })
  .meta({ id: 'Model' });
export type UsableModel = z.infer<typeof usableModel>;

export const listModels = call({
  method: 'GET',
  path: '/models',
  summary: 'The models that I may use',
  topic: 'Models',
  access: 'models',
  status: 200,
  answers: listOf(usableModel),
});

/** A model of a server as administrators see it: to be classed, granted and made the default. */
export const serverModel = z
  .object({
    id,
    name: z.string(),
    kind: modelKind,
    contextTokens: z.int().nullable(),
    classes: z.array(z.string()),
    isDefault: z.boolean(),
    seenAt: instant,
  })
  .meta({ id: 'ServerModel' });

export const modelServer = z
  .object({
    id,
    name: z.string(),
    kind: serverKind,
    baseUrl: z.string(),
    /** Whether a key is kept for it. The key itself is never given out. */
    hasApiKey: z.boolean(),
    /** From the environment: shown, not changed here. */
    fromEnvironment: z.boolean(),
    models: z.array(serverModel),
    createdAt: instant,
  })
  .meta({ id: 'ModelServer' });
export type ModelServer = z.infer<typeof modelServer>;

export const listModelServers = call({
  method: 'GET',
  path: '/model-servers',
  summary: 'All model servers with their models',
  topic: 'Models',
  access: 'models',
  status: 200,
  answers: listOf(modelServer),
});

export const createModelServer = call({
  method: 'POST',
  path: '/model-servers',
  summary: 'Connect a model server; its models are listed at once and start private',
  topic: 'Models',
  access: 'models',
  body: z.object({
    name: z.string().trim().min(1).max(100),
    kind: serverKind,
    baseUrl: z.url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' }).max(500),
    apiKey: z.string().min(1).max(1000).optional(),
  }),
  status: 201,
  answers: modelServer,
});

export const serverTest = z
  .object({ reachable: z.boolean(), latencyMs: z.number(), message: z.string(), models: z.array(z.string()) })
  .meta({ id: 'ServerTest' });

export const testModelServer = call({
  method: 'POST',
  path: '/model-servers/{id}/test',
  summary: 'Ask the server whether it is there, and list its models anew',
  topic: 'Models',
  access: 'models',
  params: byId,
  status: 200,
  answers: serverTest,
});

export const deleteModelServer = call({
  method: 'DELETE',
  path: '/model-servers/{id}',
  summary: 'Disconnect a model server, unless it has the default model or one that knowledge bases are searched with',
  topic: 'Models',
  access: 'models',
  params: byId,
  status: 204,
  answers: null,
});

export const updateModel = call({
  method: 'PATCH',
  path: '/models/{id}',
  summary: 'Class a model, or make it the default',
  topic: 'Models',
  access: 'models',
  params: byId,
  body: z
    .object({
      classes: z.array(z.string().regex(/^[a-z][a-z0-9_-]{0,49}$/)).max(20),
      isDefault: z.literal(true),
    })
    .partial(),
  status: 200,
  answers: serverModel,
});
