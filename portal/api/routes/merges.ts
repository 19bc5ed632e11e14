import { demand } from '../../../core/access/decide.ts';
import { wasRefused } from '../../../core/access/waiting.ts';
import type { Context } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { askedOf, beginConfirmation, confirmByPassword } from '../../../core/identity/merge/confirm.ts';
import { keepApart, listLookAlikes } from '../../../core/identity/merge/look-alikes.ts';
import {
  listMerges,
  proposeMerge,
  refuseMerge,
  withdrawMerge,
  type Merge,
} from '../../../core/identity/merge/propose.ts';
import type { Side } from '../../../core/identity/merge/sides.sql.ts';
import * as contract from '../../contract/merges.ts';
import { actorOf, clearSessionCookie, type Caller } from '../caller.ts';
import { route } from '../route.ts';
import { comesFrom, setAttemptCookie } from '../sign-in/browser.ts';

const administers = (ctx: Context, caller: Caller): Promise<void> => demand(ctx, caller.person.id, 'people.manage');

const shownSide = ({ createdAt, ...side }: Side): contract.MergeSide => ({
  ...side,
  createdAt: createdAt.toISOString(),
});

const shown = ({ kept, joining, confirmedBy, ...merge }: Merge): contract.Merge => ({
  id: merge.id,
  kept: shownSide(kept),
  joining: shownSide(joining),
  role: merge.role,
  keptConfirmed: confirmedBy.includes(kept.id),
  joiningConfirmed: confirmedBy.includes(joining.id),
  proposedAt: merge.proposedAt.toISOString(),
  expiresAt: merge.expiresAt.toISOString(),
});

/** Whose password is one that somebody else chose has not proved who they are. */
function demandOwnPassword(caller: Caller): void {
  if (caller.via === 'session' && caller.mustChangePassword)
    throw new AppError('password_change_required', 'Choose a password of your own first');
}

/** People who may be one, and the way in which they become it. */
export const mergeRoutes = [
  route(contract.listLookAlikes, async ({ ctx, caller }) => {
    await administers(ctx, caller);
    const [items, merges] = await Promise.all([listLookAlikes(ctx), listMerges(ctx)]);
    return {
      items: items.map(({ people: [one, other], likenesses, merge }) => ({
        people: [shownSide(one), shownSide(other)] as [contract.MergeSide, contract.MergeSide],
        likenesses: [...likenesses],
        merge,
      })),
      merges: merges.map(shown),
    };
  }),

  route(contract.keepApart, async ({ ctx, caller, body }) => {
    await administers(ctx, caller);
    await keepApart(ctx, actorOf(caller), body.people);
  }),

  route(contract.proposeMerge, async ({ ctx, caller, body }) => {
    await administers(ctx, caller);
    return { id: await proposeMerge(ctx, actorOf(caller), { ...body, role: body.role ?? null }) };
  }),

  route(contract.withdrawMerge, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    await withdrawMerge(ctx, actorOf(caller), params.id);
  }),

  route(contract.getStanding, async ({ ctx, caller }) => {
    const { id } = caller.person;
    const [refused, asked] = await Promise.all([wasRefused(ctx, id), askedOf(ctx, id)]);
    return {
      refused,
      asked: asked && {
        ...asked,
        you: shownSide(asked.you),
        other: shownSide(asked.other),
        expiresAt: asked.expiresAt.toISOString(),
      },
    };
  }),

  route(contract.confirmMerge, async ({ ctx, caller, params, body, request, response }) => {
    demandOwnPassword(caller);
    const { address } = comesFrom(request);
    const given = { ...body, id: params.id, directory: body.directory ?? null, address };
    const merged = await confirmByPassword(ctx, caller.person.id, given);
    if (merged) clearSessionCookie(ctx, response);
    return { merged };
  }),

  route(contract.confirmMergeThere, async ({ ctx, caller, params, body, request, response }) => {
    demandOwnPassword(caller);
    const { crossSite, url, ...begun } = await beginConfirmation(ctx, caller.person.id, { ...body, id: params.id });
    setAttemptCookie(ctx, request, response, begun, crossSite);
    return { url };
  }),

  route(contract.refuseMerge, ({ ctx, caller, params }) => refuseMerge(ctx, actorOf(caller), params.id)),
];
