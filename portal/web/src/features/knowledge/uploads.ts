import type { QueryClient } from '@tanstack/vue-query';
import { reactive } from 'vue';
import type { UploadResult } from '../../../../contract/index.ts';
import { addressOf, changeHeaders } from '../../api/client.ts';
import { ApiProblem } from '../../api/problem.ts';
import { KNOWLEDGE } from './knowledge.queries.ts';

/** 100 MB, as the server counts them: refused here already, before the file travels. */
const LARGEST_BYTES = 100_000_000;
const AT_ONCE = 3;

export type Upload = {
  key: number;
  name: string;
  bytes: number;
  /** 0 to 1, of the way to the server. */
  sent: number;
  state: 'waiting' | 'sending' | 'accepted' | 'refused';
  problem: { code: string; sentence: string } | null;
};

/** What is on its way, by knowledge base. It goes on while the person looks at other pages. */
const byKnowledgeBase = reactive(new Map<string, Upload[]>());
const waiting: (() => Promise<void>)[] = [];
let busy = 0;
let nextKey = 0;

export const uploadsOf = (knowledgeBaseId: string): Upload[] => byKnowledgeBase.get(knowledgeBaseId) ?? [];

/** Puts away those that are over. */
export function clearUploads(knowledgeBaseId: string): void {
  byKnowledgeBase.set(
    knowledgeBaseId,
    uploadsOf(knowledgeBaseId).filter(({ state }) => state === 'waiting' || state === 'sending'),
  );
}

/** Sends files, a few at once, each on its own: one that is refused holds up no other. */
export function upload(cache: QueryClient, knowledgeBaseId: string, files: readonly File[]): void {
  if (!byKnowledgeBase.has(knowledgeBaseId)) byKnowledgeBase.set(knowledgeBaseId, []);
  const list = byKnowledgeBase.get(knowledgeBaseId)!;
  for (const file of files) {
    list.push({ key: nextKey++, name: file.name, bytes: file.size, sent: 0, state: 'waiting', problem: null });
    const entry = list.at(-1)!;
    if (file.size > LARGEST_BYTES) refuse(entry, 'file_too_large', '');
    else if (file.size === 0) refuse(entry, 'file_empty', '');
    else waiting.push(() => transfer(cache, knowledgeBaseId, file, entry));
  }
  while (busy < AT_ONCE && waiting.length > 0) void work();
}

async function work(): Promise<void> {
  busy += 1;
  for (let next = waiting.shift(); next; next = waiting.shift()) await next();
  busy -= 1;
}

async function transfer(cache: QueryClient, id: string, file: File, entry: Upload): Promise<void> {
  entry.state = 'sending';
  try {
    const { refused } = await post(
      addressOf('uploadDocuments', { params: { id } }),
      file,
      (sent) => (entry.sent = sent),
    );
    if (refused[0]) refuse(entry, refused[0].code, refused[0].message);
    else Object.assign(entry, { state: 'accepted', sent: 1 });
  } catch (error) {
    const problem = error instanceof ApiProblem ? error : new ApiProblem('offline', 0, '');
    refuse(entry, problem.code, problem.sentence);
  }
  void cache.invalidateQueries({ queryKey: KNOWLEDGE });
}

const refuse = (entry: Upload, code: string, sentence: string): void =>
  void Object.assign(entry, { state: 'refused', problem: { code, sentence } });

/** XMLHttpRequest, because fetch does not tell how much of a request has gone. */
function post(address: string, file: File, onSent: (share: number) => void): Promise<UploadResult> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', address);
    request.responseType = 'json';
    request.setRequestHeader('Accept', 'application/json');
    for (const [name, value] of Object.entries(changeHeaders())) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0));
    request.addEventListener('error', () => reject(new ApiProblem('offline', 0, '')));
    request.addEventListener('load', () => {
      const said = (request.response ?? {}) as { code?: string; detail?: string; refused?: unknown };
      // A request in which every file was refused comes with their reasons, whatever its status.
      if (Array.isArray(said.refused)) resolve(request.response as UploadResult);
      else if (request.status < 300) resolve({ documents: [], refused: [] });
      else reject(new ApiProblem(said.code ?? 'internal', request.status, said.detail ?? ''));
    });
    const form = new FormData();
    form.append('file', file, file.name);
    request.send(form);
  });
}
