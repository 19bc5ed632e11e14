import { managesByBreakGlassOnly } from '../break-glass.ts';
import { decide } from '../decide.ts';
import { ownerOf } from './plan-members.ts';
import type { Drafting } from './plan.ts';

/** Knowledge bases without their documents. Those that are there are changed only by who manages them. */
export async function planKnowledgeBases(draft: Drafting): Promise<void> {
  const { company, there, plan, say, same } = draft;
  for (const base of company.knowledgeBases) {
    const known = there.knowledgeBases.get(base.name.toLowerCase());
    const owner = ownerOf(draft, base.owner);
    if (!known) {
      plan.newKnowledgeBases.push({ ...base, ownerKind: owner.kind, ownerId: owner.id });
      say('knowledge_base', base.name, 'create', base.description);
      continue;
    }
    const { description, answerPolicy, notice, discoverable } = base;
    const differ = (['description', 'answerPolicy', 'notice', 'discoverable'] as const).filter(
      (key) => known[key] !== base[key],
    );
    const moves = known.ownerKind !== owner.kind || known.ownerId !== owner.id;
    const what = [...differ, ...(moves ? ['owner'] : [])].join(', ');
    if (what === '') same();
    else if (!(await managesHere(draft, known.id)))
      say('knowledge_base', base.name, 'skip', `${what}: changed by those who manage it`);
    else if (moves && owner.id === draft.by.personId)
      say('knowledge_base', base.name, 'skip', `${what}: nobody takes over what another owns`);
    else {
      const settings = differ.length > 0 ? { description, answerPolicy, notice, discoverable } : null;
      plan.changedKnowledgeBases.push({ id: known.id, settings, owner: moves ? owner : null });
      say('knowledge_base', base.name, 'update', what);
    }
  }
}

/** Whether the importer may change a knowledge base that is there: as its manager, not only by a break-glass; the operator may. */
export async function managesHere({ ctx, by }: Drafting, id: string): Promise<boolean> {
  if (by.personId === null) return true;
  const { allowed } = await decide(ctx, by.personId, 'knowledge.manage', { kind: 'knowledge_base', id });
  return allowed && !(await managesByBreakGlassOnly(ctx, by.personId, id));
}
