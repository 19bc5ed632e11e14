import type { Permission } from './permissions.ts';
import { LEVEL } from './levels.ts';

/** What is done with a knowledge base, and the level that it takes. */
export const KNOWLEDGE_ACTIONS = {
  'knowledge.read': LEVEL.use,
  'knowledge.contribute': LEVEL.contribute,
  'knowledge.manage': LEVEL.manage,
} as const;

/** What an administrator does for the installation; none of it reads a document, a question or an answer. */
export const ADMIN_ACTIONS = [
  'people.manage',
  'groups.manage',
  'models.manage',
  'company.import',
  'settings.manage',
  'dashboard.read',
] as const;

export type KnowledgeAction = keyof typeof KNOWLEDGE_ACTIONS;
export type AdminAction = (typeof ADMIN_ACTIONS)[number];
export type Action = KnowledgeAction | AdminAction | 'knowledge.create' | 'model.use' | 'group.manage' | Permission;

export type ResourceKind = 'knowledge_base' | 'model' | 'group';

/** What each kind is called in a sentence. */
export const RESOURCE_WORDS: Record<ResourceKind, string> = {
  knowledge_base: 'knowledge base',
  model: 'model',
  group: 'group',
};

export type Resource = Readonly<{ kind: ResourceKind; id: string }>;

export const isKnowledgeAction = (action: string): action is KnowledgeAction =>
  Object.hasOwn(KNOWLEDGE_ACTIONS, action);

export const isAdminAction = (action: string): action is AdminAction =>
  (ADMIN_ACTIONS as readonly string[]).includes(action);

/** What an action is done with; null where it is done with nothing in particular. */
export function resourceKindOf(action: string): ResourceKind | null {
  if (isKnowledgeAction(action)) return 'knowledge_base';
  if (action === 'model.use') return 'model';
  return action === 'group.manage' ? 'group' : null;
}
