import type { Pool } from 'pg';
import type { UsableModel } from '../access/admission.sql.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import type { Log } from '../log.ts';
import type { Secrets } from '../storage/secret.ts';
import { builtinEmbedder } from './builtin-embedder.ts';
import { ollamaEmbedder, openAiEmbedder } from './embedders.ts';
import { chatModelsOf, embeddingServerOf, type ModelRow, type ServerRow } from './registry.sql.ts';
import type { ChatModel, ChatParameters, Embedder, ModelServer } from './types.ts';

/** Who writes an answer: a model of a server, or the built-in one that quotes the passages. */
export type ChatChoice =
  | { kind: 'server'; id: string; label: string; model: ChatModel }
  | { kind: 'extractive'; id: 'extractive'; label: 'extractive' };

export type Models = Readonly<{
  /** The embedder of this name. @throws AppError 'model_none' when no server has it any more. */
  embedder(name: string): Promise<Embedder>;
  /** The name that new knowledge bases are built with: EMBEDDING_MODEL, else the built-in one. */
  embeddingModelForNew(): string;
  /**
   * Who answers, of the models that the asker may use: the one wanted by id or name, else the first; none: the extractive one.
   * @throws AppError 'not_found' for one that is not among them.
   */
  choose(usable: readonly UsableModel[], wanted?: { model?: string; parameters?: ChatParameters }): ChatChoice;
  /** The chat models this person may use. */
  listFor(person: PersonId): Promise<ModelRow[]>;
  /** The server as the clients want it, its key opened. */
  serverOf(row: ServerRow): ModelServer;
  close(): Promise<void>;
}>;

/** A server whose address or key was changed is asked at the new one within this time, ms. */
const CHECK_SERVER_MS = 5_000;

const EXTRACTIVE: ChatChoice = { kind: 'extractive', id: 'extractive', label: 'extractive' };

/** The models of this installation; starts nothing until something is asked of it. */
export function createModels(parts: { pool: Pool; config: Config; secrets: Secrets; clock: Clock; log: Log }): Models {
  const { pool, config, secrets, clock } = parts;
  const builtin = builtinEmbedder();
  const remotes = new Map<string, { embedder: Embedder; server: string; checkedAt: number }>();

  const serverOf = (found: ServerRow): ModelServer => ({
    id: found.id,
    name: found.name,
    kind: found.kind,
    baseUrl: found.baseUrl,
    apiKey:
      found.apiKeySealed === null
        ? found.fromEnvironment && found.kind === 'openai'
          ? (config.VLLM_API_KEY ?? null)
          : null
        : secrets.open(found.apiKeySealed, found.id),
  });

  const remote = async (name: string): Promise<Embedder> => {
    const known = remotes.get(name);
    const at = Date.now();
    if (known && at - known.checkedAt < CHECK_SERVER_MS) return known.embedder;
    const [kind, model] = splitName(name);
    const found = kind === null ? null : await embeddingServerOf(pool, model, kind);
    if (!found)
      throw new AppError(
        'model_none',
        'The embedding model of this knowledge base is not connected any more. Ask your administrator',
      );
    const server = JSON.stringify([found.id, found.baseUrl, found.apiKeySealed?.toString('base64')]);
    const embedder =
      known?.server === server
        ? known.embedder
        : kind === 'ollama'
          ? ollamaEmbedder(serverOf(found), model)
          : openAiEmbedder(serverOf(found), model);
    remotes.set(name, { embedder, server, checkedAt: at });
    return embedder;
  };

  return {
    embedder: async (name) => (name === builtin.name ? builtin : remote(name)),
    embeddingModelForNew() {
      if (config.EMBEDDING_MODEL === 'ollama') return `ollama:${config.OLLAMA_EMBED_MODEL}`;
      if (config.EMBEDDING_MODEL === 'vllm') return `openai:${config.VLLM_EMBED_MODEL}`;
      return builtin.name;
    },
    choose(usable, { model: wanted, parameters } = {}) {
      if (wanted === EXTRACTIVE.id) return EXTRACTIVE;
      const chosen =
        wanted === undefined ? usable[0] : usable.find((model) => model.id === wanted || model.name === wanted);
      if (!chosen && wanted !== undefined) throw new AppError('not_found', 'No such model, or none that you may use');
      if (!chosen) return EXTRACTIVE;
      const { id, name, contextTokens, server } = chosen;
      const sealed = server.apiKeySealed === null ? null : Buffer.from(server.apiKeySealed, 'base64');
      return {
        kind: 'server',
        id,
        label: name,
        model: {
          server: serverOf({ ...server, apiKeySealed: sealed }),
          name,
          contextTokens,
          ...(parameters ? { parameters } : {}),
        },
      };
    },
    listFor: (person) => chatModelsOf(pool, person, clock.now()),
    serverOf,
    async close() {
      await Promise.all(
        [builtin, ...[...remotes.values()].map(({ embedder }) => embedder)].map((embedder) => embedder.close()),
      );
    },
  };
}

function splitName(name: string): ['ollama' | 'openai' | null, string] {
  const at = name.indexOf(':');
  const kind = name.slice(0, at);
  return kind === 'ollama' || kind === 'openai' ? [kind, name.slice(at + 1)] : [null, name];
}
