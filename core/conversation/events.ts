import type { ErrorCode } from '../errors.ts';
import type { ConversationId, DocumentId, KnowledgeBaseId, MessageId } from '../ids.ts';

/** A passage as an answer names it, the same on every surface and in the API. */
export type Citation = Readonly<{
  /** The number in the text, from 1. */
  n: number;
  passageId: string;
  document: { id: DocumentId; name: string; version: number };
  knowledgeBase: { id: KnowledgeBaseId; name: string };
  page: number | null;
  heading: string | null;
  text: string;
  /** Cosine similarity of passage and question, 0 to 1. The order is the fused rank, not this. */
  score: number;
  /** Opens the exact passage in the portal, where access is checked again. */
  url: string;
}>;

/** What the owner of a knowledge base wants said with every answer from it. Plain text: never shown as markup. */
export type Notice = Readonly<{ knowledgeBaseId: KnowledgeBaseId; name: string; text: string }>;

export type Outcome = 'answered' | 'not_found';

export type Timings = Readonly<{
  /** ms from the question's arrival to the request to the model. */
  preModelMs: number;
  /** ms from the question's arrival to the first piece of text. */
  firstTextMs: number | null;
  totalMs: number;
}>;

/** What a surface draws. `done` or `failed` comes last, exactly once. */
export type AnswerEvent =
  | { type: 'status'; code: 'searching' | 'waking_model'; text: string }
  | { type: 'text'; text: string }
  /** Of a whole answer, and of one that broke off as far as it came. */
  | { type: 'citations'; citations: readonly Citation[]; notices: readonly Notice[] }
  /** The asker may read more than this place: the surface delivers that under this message id, to them alone. */
  | { type: 'private'; messageId: MessageId; deliveredTo: 'portal' | 'direct' }
  | {
      type: 'done';
      conversationId: ConversationId;
      messageId: MessageId;
      outcome: Outcome;
      citations: readonly Citation[];
      /** The knowledge bases that were searched: only those that everyone in this place may know of. */
      knowledgeBases: readonly { id: KnowledgeBaseId; name: string }[];
      /** Of the knowledge bases that are cited. */
      notices: readonly Notice[];
      model: string;
      timings: Timings;
    }
  /** `conversationId`: where the next question goes on; absent where none had begun. */
  | { type: 'failed'; code: ErrorCode; message: string; conversationId?: ConversationId };
