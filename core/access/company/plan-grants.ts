import { isInGroup } from '../own-gain.ts';
import { keepsForOneself } from '../own-group.ts';
import { managesHere } from './plan-knowledge.ts';
import { isOwnAccount } from './plan-members.ts';
import type { Drafting } from './plan.ts';

type Grant = Drafting['company']['grants'][number];
type Target = { kind: 'person' | 'group' | 'everyone'; id: string | null; name: string };

/** Grants, which go to nobody who imports them themself, and on what is there only from who manages it. */
export async function planGrants(draft: Drafting): Promise<void> {
  for (const grant of draft.company.grants) {
    const to = targetOf(draft, grant.to);
    if ('knowledgeBase' in grant.resource) await onKnowledgeBase(draft, grant, grant.resource.knowledgeBase, to);
    else await onModel(draft, grant, grant.resource, to);
  }
}

function targetOf({ groupIds, personIds, accountIds }: Drafting, to: Grant['to']): Target {
  if (to === 'everyone') return { kind: 'everyone', id: null, name: 'everyone' };
  if ('group' in to) return { kind: 'group', id: groupIds.get(to.group) ?? '', name: to.group };
  if ('person' in to) return { kind: 'person', id: personIds.get(to.person) ?? '', name: to.person };
  return { kind: 'person', id: accountIds.get(to.serviceAccount) ?? '', name: to.serviceAccount };
}

const reaches = async ({ ctx, by }: Drafting, { id }: Target): Promise<boolean> =>
  id !== null && (id === by.personId || (await isOwnAccount(ctx, by.personId, id)));

const reachesGroup = async ({ ctx, by }: Drafting, { kind, id }: Target): Promise<boolean> =>
  kind === 'group' && id !== null && isInGroup(ctx, by.personId, id);

async function onKnowledgeBase(draft: Drafting, grant: Grant, name: string, to: Target): Promise<void> {
  const { there, plan, say, same } = draft;
  const title = `${name} to ${to.name}`;
  const known = there.knowledgeBases.get(name.toLowerCase());
  const before = known && there.grants.get(`${known.id} ${to.kind} ${to.id}`);
  const until = grant.until === undefined ? null : new Date(grant.until);
  if (before?.level === grant.level && sameTime(before.expiresAt, until)) same();
  else if (await reaches(draft, to)) say('grant', title, 'skip', 'nobody gives themself a right');
  else if (known && !(await managesHere(draft, known.id)))
    say('grant', title, 'skip', 'grants on a knowledge base are made by those who manage it');
  else if (known && (await keepsForOneself(draft.ctx, draft.by.personId, known.id, to)))
    say('grant', title, 'skip', 'nobody keeps what belongs to a group by another group of theirs');
  else {
    const { kind, id } = to;
    plan.grants.push({ resource: { knowledgeBase: name }, to: { kind, id }, level: grant.level, until });
    say('grant', title, before ? 'update' : 'create', saidOf(grant));
  }
}

async function onModel(
  draft: Drafting,
  grant: Grant,
  { model, server }: { model: string; server?: string | undefined },
  to: Target,
): Promise<void> {
  const { there, plan, say, same } = draft;
  const title = `model ${model}${server === undefined ? '' : ` on ${server}`} to ${to.name}`;
  const until = grant.until === undefined ? null : new Date(grant.until);
  const ids =
    model === '*'
      ? [null]
      : there.models
          .filter((each) => each.name === model && (server === undefined || each.server.name === server))
          .map((each) => each.id);
  if (ids.length === 0) say('grant', title, 'skip', 'no connected server has this model');
  for (const modelId of ids) {
    const before = there.grants.get(`${modelId ?? 'model'} ${to.kind} ${to.id}`);
    if (before && sameTime(before.expiresAt, until)) same();
    else if ((await reaches(draft, to)) || (await reachesGroup(draft, to)))
      say('grant', title, 'skip', 'nobody gives themself a model');
    else {
      plan.grants.push({ resource: { modelId }, to: { kind: to.kind, id: to.id }, level: 'use', until });
      say('grant', title, before ? 'update' : 'create', saidOf(grant));
    }
  }
}

const sameTime = (one: Date | null, other: Date | null): boolean => one?.getTime() === other?.getTime();

const saidOf = ({ level, until }: Grant): string => (until === undefined ? level : `${level}, until ${until}`);
