/** A server that runs models. `openai`: vLLM, llama.cpp or anything else that speaks OpenAI's protocol. */
export type ModelServer = {
  id: string;
  name: string;
  kind: 'ollama' | 'openai';
  /** With or without the `/v1` at the end for `openai`. */
  baseUrl: string;
  apiKey: string | null;
  /** Answers asked for at once; further ones wait in our queue, fairly by asker. */
  maxConcurrent?: number;
};

/** How a model writes. `temperature`: 0 always takes the likeliest word; `maxTokens`: the longest answer. */
export type ChatParameters = Readonly<{
  temperature?: number;
  topP?: number;
  maxTokens?: number;
  repeatPenalty?: number;
}>;

export type ChatModel = {
  server: ModelServer;
  name: string;
  /** The window, tokens; null where the server does not say. */
  contextTokens: number | null;
  parameters?: ChatParameters;
};

export type ChatMessage = { role: 'system' | 'user' | 'assistant'; content: string };

/** What a model gives: words, a sign that it is still being loaded, and at the end what the server counted. */
export type ModelPart =
  | { type: 'text'; text: string }
  | { type: 'waking' }
  | { type: 'usage'; promptTokens: number; completionTokens: number };

export type Embedder = {
  /** A unique key that is stored with the vectors, such as `builtin:use-lite-512` or `ollama:all-minilm:l6-v2`. */
  name: string;
  /** null until the first vector came from a server. */
  readonly dimensions: number | null;
  /** The cosine that texts reach which have nothing to do with each other; nearness counts from here on. */
  notFoundBelow: number;
  /**
   * A vector of unit length for each text, in their order; they are shared, so nobody writes to them.
   * A single text counts as a question: it goes before batches, together with other questions, and is remembered.
   * @throws AppError of the model_* codes, or 'stopped' when `signal` was aborted.
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /** Ends what runs beside the program; the next call starts it again. */
  close(): Promise<void>;
};

/** The part of a logger that is used here. Lines carry names, codes and milliseconds, never text. */
export type ModelLog = { warn(fields: Record<string, unknown>, message: string): void };
