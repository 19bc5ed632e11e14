/** A kind of model server that the live tests know, and where the environment says that one is. */
export type LiveServer = Readonly<{
  name: string;
  kind: 'ollama' | 'openai';
  /** What must be set for it. */
  needs: readonly string[];
  baseUrl: string | undefined;
  chatModel: string | undefined;
  /** Embeddings from a real server too; without it the built-in ones are used. */
  embedding?: { baseUrl: string; model: string };
  /** A base model writes on and follows no instructions: with one the protocol is tested, not what it says. */
  instructed: boolean;
}>;

const serverOf = (
  name: string,
  kind: LiveServer['kind'],
  variables: { url: string; chat: string; embedUrl?: string; embed?: string },
): LiveServer => {
  const of = (variable: string | undefined) =>
    (variable === undefined ? undefined : process.env[variable]) || undefined;
  const [embedUrl, embedModel, chatModel] = [of(variables.embedUrl), of(variables.embed), of(variables.chat)];
  return {
    name,
    kind,
    needs: [...new Set(Object.values(variables))],
    baseUrl: of(variables.url),
    chatModel,
    ...(embedUrl && embedModel ? { embedding: { baseUrl: embedUrl, model: embedModel } } : {}),
    instructed: !/\bbase\b/.test(chatModel ?? ''),
  };
};

export const LIVE_SERVERS: readonly LiveServer[] = [
  serverOf('Ollama', 'ollama', {
    url: 'OLLAMA_BASE_URL',
    chat: 'OLLAMA_CHAT_MODEL',
    embedUrl: 'OLLAMA_BASE_URL',
    embed: 'OLLAMA_EMBED_MODEL',
  }),
  serverOf('vLLM', 'openai', {
    url: 'VLLM_BASE_URL',
    chat: 'VLLM_CHAT_MODEL',
    embedUrl: 'VLLM_EMBED_BASE_URL',
    embed: 'VLLM_EMBED_MODEL',
  }),
  serverOf('llama.cpp', 'openai', { url: 'LLAMA_BASE_URL', chat: 'LLAMA_CHAT_MODEL' }),
];

/** Those of its variables that are not set; none: it can be tested. */
export const missingOf = (server: LiveServer): string[] => server.needs.filter((variable) => !process.env[variable]);
