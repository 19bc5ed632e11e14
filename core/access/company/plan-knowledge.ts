import { managementForGood } from '../for-good.sql.ts';
import { keepsForOneself } from '../own-group.ts';
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
    const { manages, owns } = what === '' ? { manages: true, owns: true } : await management(draft, known.id);
    if (what === '') same();
    else if (!manages) say('knowledge_base', base.name, 'skip', `${what}: changed by those who manage it`);
    else if (differ.includes('discoverable') && !owns)
      say('knowledge_base', base.name, 'skip', `${what}: its owner says who learns of it`);
    else if (
      moves &&
      (!owns ||
        owner.id === draft.by.personId ||
        (await keepsForOneself(draft.ctx, draft.by.personId, known.id, owner)))
    )
      say('knowledge_base', base.name, 'skip', `${what}: its owner hands it on, and not to themself`);
    else {
      const settings = differ.length > 0 ? { description, answerPolicy, notice, discoverable } : null;
      plan.changedKnowledgeBases.push({ id: known.id, settings, owner: moves ? owner : null });
      say('knowledge_base', base.name, 'update', what);
    }
  }
}

/** What the importer may do with a knowledge base that is there, without any break-glass; the operator all of it. */
async function management({ ctx, by }: Drafting, id: string): Promise<{ manages: boolean; owns: boolean }> {
  if (by.personId === null) return { manages: true, owns: true };
  const { manages, owns, until } = await managementForGood(ctx.pool, by.personId, id, ctx.clock.now());
  return { manages: manages && until === null, owns };
}

/** Whether the importer manages it and goes on doing so: what a file gives has no end of its own. */
export const managesHere = async (draft: Drafting, id: string): Promise<boolean> =>
  (await management(draft, id)).manages;
