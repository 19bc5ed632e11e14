import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { GroupId, KnowledgeBaseId, PersonId } from '../ids.ts';
import type { Queryable } from '../storage/sql.ts';
import type { Actor } from './actor.ts';
import { openedByGroup, readForGood } from './for-good.sql.ts';
import { inOneHand } from './own-hands.sql.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'config'>;

/**
 * Whether an administrator would give knowledge bases to themself by giving them to these people: to accounts in one hand
 * with theirs, which do not read them yet.
 */
export async function givesToOwnHands(
  ctx: Needs,
  by: PersonId | null,
  people: readonly PersonId[],
  knowledgeBases: readonly KnowledgeBaseId[],
): Promise<boolean> {
  if (by === null || knowledgeBases.length === 0) return false;
  const own = await inOneHand(ctx.pool, by, people, { madeAccounts: !(await adminsVouch(ctx)) });
  if (own.length === 0) return false;
  const reads = await readForGood(ctx.pool, own, knowledgeBases, ctx.clock.now());
  return reads.length < own.length * new Set(knowledgeBases).size;
}

/**
 * Whether an administrator's word is enough that an account is a person's: as ADMINS_VOUCH says, else while there is no
 * identity provider, whose word it could be instead.
 */
const adminsVouch = async ({ config, db }: Pick<Needs, 'config' | 'db'>): Promise<boolean> =>
  config.ADMINS_VOUCH ?? (await db.identityProvider.count()) === 0;

const refused = () =>
  new AppError(
    'forbidden',
    'You made this account, a link to it or the provider that it comes by, so what it is given is given to you. Ask somebody who manages the group or the knowledge base, or another administrator, until the person has come in by an identity provider that another administrator has confirmed',
  );

/** @throws AppError 'forbidden' as `givesToOwnHands` says. */
export async function refuseOwnHands(
  ctx: Needs,
  by: Actor,
  people: readonly PersonId[],
  knowledgeBases: readonly KnowledgeBaseId[],
): Promise<void> {
  if (await givesToOwnHands(ctx, by.personId, people, knowledgeBases)) throw refused();
}

/** Somebody who is to come into a group. `isNew`: whom they are making just now. */
export type Joining = Readonly<{ id: PersonId; isNew?: boolean; manager?: boolean }>;

/**
 * Whose coming into a group would be that, or whose rise to its manager where it opens anything: a manager outlasts whoever
 * made them. Who manages the group themself lets in whom they like: they read it.
 */
export async function joinsOwnHands(
  ctx: Needs,
  by: PersonId | null,
  groupId: GroupId,
  joining: readonly Joining[],
): Promise<ReadonlySet<PersonId>> {
  const none: ReadonlySet<PersonId> = new Set();
  if (by === null || (await ctx.db.membership.count({ where: { groupId, personId: by, manager: true } })) > 0)
    return none;
  const opened = await openedByGroup(ctx.pool, groupId, by, ctx.clock.now());
  if (opened.length === 0) return none;
  const madeAccounts = !(await adminsVouch(ctx));
  const made = joining.filter(({ isNew = false }) => isNew && madeAccounts).map(({ id }) => id);
  const known = joining.filter(({ isNew = false }) => !isNew).map(({ id }) => id);
  const own = known.length === 0 ? [] : await inOneHand(ctx.pool, by, known, { madeAccounts });
  const reads = own.length === 0 ? [] : await readForGood(ctx.pool, own, opened, ctx.clock.now());
  const counts = Map.groupBy(reads, ({ personId }) => personId);
  const rising = new Set(joining.filter(({ manager = false }) => manager).map(({ id }) => id));
  const gain = own.filter((id) => rising.has(id) || (counts.get(id)?.length ?? 0) < opened.length);
  return new Set([...made, ...gain]);
}

/**
 * The same of what a mapping brings, in the transaction that has brought it just now.
 * @throws AppError 'forbidden' where it lets an account in one hand with theirs read something.
 */
export async function refuseBringingHands(
  { config, clock }: Pick<Needs, 'config' | 'clock'>,
  tx: Queryable,
  by: Actor,
  brought: readonly { personId: PersonId; groupId: GroupId }[],
): Promise<void> {
  const { personId } = by;
  if (personId === null || brought.length === 0) return;
  const people = [...new Set(brought.map((each) => each.personId))];
  const own = await inOneHand(tx, personId, people, { madeAccounts: !config.ADMINS_VOUCH });
  const groups = new Set(brought.filter((each) => own.includes(each.personId)).map(({ groupId }) => groupId));
  for (const groupId of groups)
    if ((await openedByGroup(tx, groupId, personId, clock.now())).length > 0) throw refused();
}

/** @throws AppError 'forbidden' as `joinsOwnHands` says, for any of them. */
export async function refuseJoiningHands(
  ctx: Needs,
  by: Actor,
  groupId: GroupId,
  joining: readonly Joining[],
): Promise<void> {
  if ((await joinsOwnHands(ctx, by.personId, groupId, joining)).size > 0) throw refused();
}
