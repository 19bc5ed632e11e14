import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { streamChat } from '../../core/models/chat.ts';
import { ollamaEmbedder, openAiEmbedder } from '../../core/models/embedders.ts';
import { buildPrompt, isAbstention, type PromptPassage } from '../../core/models/prompt.ts';
import { checkServer, listModels } from '../../core/models/servers.ts';
import type { ChatModel, Embedder, ModelServer } from '../../core/models/types.ts';

/** Slow machines load and read a prompt for minutes; what is tested here is the protocol and the answer, not the time. */
const PATIENT = { firstTokenTimeoutMs: 240_000, idleTimeoutMs: 120_000 };
const TIMEOUT_MS = 300_000;

const environment = process.env;
const serverAt = (kind: ModelServer['kind'], baseUrl: string): ModelServer => ({
  id: baseUrl,
  name: kind,
  kind,
  baseUrl,
  apiKey: null,
});

const chats = [
  { name: 'Ollama', kind: 'ollama', url: environment.OLLAMA_BASE_URL, model: environment.OLLAMA_CHAT_MODEL },
  { name: 'vLLM', kind: 'openai', url: environment.VLLM_BASE_URL, model: environment.VLLM_CHAT_MODEL },
  { name: 'llama.cpp', kind: 'openai', url: environment.LLAMA_BASE_URL, model: environment.LLAMA_CHAT_MODEL },
] as const;
const embeddings = [
  { name: 'Ollama', kind: 'ollama', url: environment.OLLAMA_BASE_URL, model: environment.OLLAMA_EMBED_MODEL },
  { name: 'vLLM', kind: 'openai', url: environment.VLLM_EMBED_BASE_URL, model: environment.VLLM_EMBED_MODEL },
] as const;

const cosine = (a: Float32Array | undefined, b: Float32Array | undefined) =>
  Array.from(a ?? []).reduce((sum, value, i) => sum + value * (b?.[i] ?? 0), 0);

const passage = (n: number, documentName: string, surroundings: string): PromptPassage => ({
  n,
  documentName,
  version: 1,
  page: n,
  heading: null,
  surroundings,
});
const PASSAGES = [
  passage(
    1,
    'SOP-MFG-042 Equipment Cleaning.pdf',
    'After the last batch the equipment must be cleaned within 48 hours. Cleaned equipment may be stored for at most 7 days before it is cleaned again.',
  ),
  passage(
    2,
    'HR Handbook.docx',
    'Employees have 28 days of paid vacation each year. Requests are approved by the line manager.',
  ),
  passage(
    3,
    'IT Security.md',
    'Passwords have at least 14 characters. They are changed only after a suspected disclosure.',
  ),
];

async function ask(model: ChatModel, question: string, passages = PASSAGES): Promise<string> {
  const messages = buildPrompt({
    question,
    passages,
    history: [],
    language: 'en',
    policy: 'sources_only',
    tokens: 3_000,
  });
  let text = '';
  for await (const part of streamChat(model, messages, PATIENT)) if (part.type === 'text') text += part.text;
  return text;
}

for (const { name, kind, url, model: modelName } of chats)
  describe.skipIf(!url || !modelName)(`a real ${name}`, { timeout: TIMEOUT_MS }, () => {
    const server = serverAt(kind, url ?? '');
    const model: ChatModel = { server, name: modelName ?? '', contextTokens: 4_096 };

    /** A base model does not follow instructions: with one, only the protocol is looked at. */
    const instructed = !/\bbase\b/.test(modelName ?? '');

    test.skipIf(!instructed)('says that nothing was found when no passage holds the answer', async () => {
      const text = await ask(model, 'What does the canteen offer on Friday?');
      expect({ text, abstains: isAbstention(text) }).toEqual({ text, abstains: true });
    });

    test.skipIf(name === 'llama.cpp')('tells an unknown model', async () => {
      await expect(ask({ ...model, name: 'no-such-model' }, 'Why?')).rejects.toMatchObject({ code: 'model_not_found' });
    });

    test('refuses what is longer than its window, and cuts nothing silently', async () => {
      const parts = streamChat(
        model,
        [{ role: 'user', content: 'The tank is cleaned within hours. '.repeat(3_000) }],
        PATIENT,
      );
      await expect(parts.next()).rejects.toMatchObject({ code: 'question_too_long' });
    });

    test('is checked and lists its model', async () => {
      expect(await checkServer(server)).toMatchObject({ ok: true });
      const listed = await listModels(server);
      const own = name === 'llama.cpp' ? listed[0] : listed.find((each) => each.name === modelName);
      expect(own).toMatchObject({ kind: 'chat', contextTokens: expect.any(Number) as number });
    });

    test('answers from the passage', async () => {
      const text = await ask(model, 'How long may cleaned equipment be stored?');
      expect(text).toMatch(instructed ? /7|seven/ : /\S/);
    });

    test('streams, counts, and answers the next question after it was stopped', async () => {
      const messages = [{ role: 'user', content: 'Count from one to three hundred in words.' }] as const;
      const stop = new AbortController();
      let pieces = 0;
      const counting = async () => {
        for await (const part of streamChat(model, messages, { ...PATIENT, signal: stop.signal })) {
          if (part.type === 'text') pieces += 1;
          if (pieces === 5) stop.abort();
        }
      };
      await expect(counting()).rejects.toMatchObject({ code: 'stopped' });
      let usage = 0;
      for await (const part of streamChat(
        { ...model, parameters: { maxTokens: 5 } },
        [{ role: 'user', content: 'Say yes.' }],
        PATIENT,
      ))
        if (part.type === 'usage') usage = part.completionTokens;
      expect(usage).toBeGreaterThan(0);
      expect(usage).toBeLessThanOrEqual(6);
    });
  });

for (const { name, kind, url, model } of embeddings)
  describe.skipIf(!url || !model)(`embeddings of a real ${name}`, { timeout: TIMEOUT_MS }, () => {
    let embedder: Embedder;
    beforeAll(() => {
      embedder = (kind === 'ollama' ? ollamaEmbedder : openAiEmbedder)(serverAt(kind, url ?? ''), model ?? '');
    });
    afterAll(() => embedder.close());

    test('a text longer than the window is cut, not lost', async () => {
      const [short, long] = await embedder.embed([
        'Vacation',
        'The tank is cleaned after each batch within hours. '.repeat(400),
      ]);
      expect(long).toHaveLength(short?.length ?? 0);
    });

    test('what means the same is near', async () => {
      const [question, near, far] = await embedder.embed([
        'How many vacation days do I have?',
        'Employees are entitled to 28 days of paid leave.',
        'The autoclave is qualified every year.',
      ]);
      expect(cosine(question, near)).toBeGreaterThan(cosine(question, far) + 0.1);
      expect(cosine(near, near)).toBeCloseTo(1, 4);
    });
  });
