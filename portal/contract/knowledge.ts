import { z } from 'zod';
import { ANSWER_POLICIES } from '../../core/knowledge/answer-policy.ts';
import { call } from './call.ts';
import { byId, id, instant, level, listOf, named, owner } from './shapes.ts';

export const answerPolicy = z.enum(ANSWER_POLICIES);

export const knowledgeBase = z
  .object({
    id,
    name: z.string(),
    description: z.string(),
    owner: owner.nullable(),
    /** Who made it, which gives no right to it. */
    creator: named.nullable(),
    /** What the caller may do there. */
    level,
    answerPolicy,
    /** Plain text, shown with every answer that cites it. */
    notice: z.string(),
    discoverable: z.boolean(),
    documentCount: z.int(),
    unfinishedCount: z.int(),
    failedCount: z.int(),
    passageCount: z.int(),
    createdAt: instant,
  })
  .meta({ id: 'KnowledgeBase' });
export type KnowledgeBase = z.infer<typeof knowledgeBase>;

const settings = {
  name: z.string().trim().min(1).max(200),
  description: z.string().trim().max(2000),
  answerPolicy,
  notice: z.string().trim().max(2000),
  discoverable: z.boolean(),
};

export const listKnowledgeBases = call({
  method: 'GET',
  path: '/knowledge-bases',
  summary: 'The knowledge bases that I may read',
  topic: 'Knowledge',
  access: 'knowledge',
  repeats: true,
  status: 200,
  answers: listOf(knowledgeBase),
});

export const createKnowledgeBase = call({
  method: 'POST',
  path: '/knowledge-bases',
  summary: 'Make a knowledge base; its maker owns it, or a group that they manage',
  topic: 'Knowledge',
  access: 'knowledge',
  body: z.object({
    name: settings.name,
    description: settings.description.default(''),
    ownerGroupId: id.optional(),
  }),
  status: 201,
  answers: knowledgeBase,
});

export const getKnowledgeBase = call({
  method: 'GET',
  path: '/knowledge-bases/{id}',
  summary: 'One knowledge base',
  topic: 'Knowledge',
  access: 'knowledge',
  repeats: true,
  params: byId,
  status: 200,
  answers: knowledgeBase,
});

export const updateKnowledgeBase = call({
  method: 'PATCH',
  path: '/knowledge-bases/{id}',
  summary: 'Change name and settings',
  topic: 'Knowledge',
  access: 'knowledge',
  params: byId,
  body: z.object(settings).partial(),
  status: 200,
  answers: knowledgeBase,
});

export const deleteKnowledgeBase = call({
  method: 'DELETE',
  path: '/knowledge-bases/{id}',
  summary: 'Delete a knowledge base with all its documents',
  topic: 'Knowledge',
  access: 'knowledge',
  params: byId,
  status: 204,
  answers: null,
});
