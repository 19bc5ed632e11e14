const EMBED_MODEL = 'stub-embed';

/**
 * What Ollama, or a server of OpenAI's protocol, says about itself and its models at a path: its answer, `well` for one without
 * a body, or null where there is nothing. A chat model thinks if its name does not say otherwise (`plain`).
 */
export function catalogue(
  path: string,
  body: Record<string, unknown>,
  chatModels: readonly string[] = ['stub-chat'],
): Record<string, unknown> | 'well' | null {
  switch (path) {
    case '/api/version':
      return { version: '0.17.4' };
    case '/version':
      return { version: '0.32.0' };
    case '/health':
      return 'well';
    case '/api/tags':
      return {
        models: [
          ...chatModels.map((name) => ({ name, model: name, size: 1_000 })),
          { name: EMBED_MODEL, model: EMBED_MODEL, size: 500 },
        ],
      };
    case '/api/show': {
      const embeds = body.model === EMBED_MODEL;
      const thinks = String(body.model).includes('plain') ? [] : ['thinking'];
      return {
        capabilities: embeds ? ['embedding'] : ['completion', ...thinks],
        model_info: { 'general.architecture': 'stub', 'stub.context_length': embeds ? 512 : 32_768 },
      };
    }
    case '/v1/models':
      return {
        object: 'list',
        data: [
          ...chatModels.map((id) => ({ id, object: 'model', max_model_len: 16_384 })),
          { id: EMBED_MODEL, object: 'model', max_model_len: 256 },
        ],
      };
    default:
      return null;
  }
}
