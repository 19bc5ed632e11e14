import { timingSafeEqual } from 'node:crypto';
import type { Audience } from '../access/scope.ts';
import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';
import { newId, type PersonId } from '../ids.ts';
import { withTransaction } from '../storage/pool.ts';
import type { FactsState } from './aging.sql.ts';
import {
  accountsOf,
  claim,
  deleteAccount,
  deleteAccountByKey,
  finish,
  holderOf,
  insertLink,
  linkByToken,
  personOfAccount,
  putAccount,
  setCode,
  spendTry,
  standingOfAccounts,
  waitingLinks,
  type LinkedAccount,
} from './chat-accounts.sql.ts';
import { hashToken, newCode, newToken } from './tokens.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'config'>;

/** An account in a chat: Slack's team and user id, or Teams' tenant and Entra object id. Never an email address. */
export type ChatAccount = Readonly<{
  surface: 'slack' | 'teams';
  tenantId: string;
  externalId: string;
  /** As the chat shows it, for the person to recognise. */
  name: string;
  workspace: string;
}>;

const LINK_LIFE_MS = 60 * 60_000;
const CODE_LIFE_MS = 5 * 60_000;

/** The person behind a chat account; null when it is linked to nobody, or to somebody deactivated or not yet approved. */
export const personOfChatAccount = (
  ctx: Pick<Needs, 'pool' | 'clock'>,
  account: Pick<ChatAccount, 'surface' | 'tenantId' | 'externalId'>,
): Promise<{ id: PersonId; name: string; language: string | null; facts: FactsState } | null> =>
  personOfAccount(ctx.pool, account, ctx.clock.now());

/** A one-time sign-in link for a chat account, to be sent to that account alone. */
export async function startLink(ctx: Needs, account: ChatAccount): Promise<{ url: string; expiresAt: Date }> {
  const token = newToken();
  const at = ctx.clock.now();
  const expiresAt = new Date(at.getTime() + LINK_LIFE_MS);
  await insertLink(ctx.pool, { ...account, id: newId(at.getTime()), tokenHash: hashToken(token), at, expiresAt });
  return { url: `${ctx.config.PUBLIC_URL}/link/${token}`, expiresAt };
}

const spent = () =>
  new AppError('gone', 'This link was used already or is too old. Write to the bot again for a new one');

/** Which chat account a link is for. Opening it changes nothing. @throws AppError 'gone'. */
export async function openLink(ctx: Needs, token: string): Promise<{ account: ChatAccount }> {
  const link = await linkByToken(ctx.pool, hashToken(token), ctx.clock.now());
  if (!link) throw spent();
  return { account: accountOf(link) };
}

/**
 * A signed-in person asks to be linked and gets six digits. Nothing is linked yet: only the chat account itself can finish
 * it, so that a stranger's link, clicked by somebody signed in, hands nothing over.
 * @throws AppError 'gone'.
 */
export async function claimLink(
  ctx: Needs,
  token: string,
  personId: PersonId,
): Promise<{ account: ChatAccount; code: string; expiresAt: Date }> {
  const at = ctx.clock.now();
  const expiresAt = new Date(at.getTime() + CODE_LIFE_MS);
  const code = newCode();
  const link = await withTransaction(ctx.pool, async (tx) => {
    const claimed = await claim(tx, { tokenHash: hashToken(token), personId, at, codeExpiresAt: expiresAt });
    if (!claimed) throw spent();
    await setCode(tx, claimed.id, hashCode(claimed.id, code));
    await record(tx, {
      actorId: personId,
      surface: 'portal',
      action: 'chat_account.code_shown',
      subjectKind: 'person',
      subjectId: personId,
      detail: { surface: claimed.surface, tenantId: claimed.tenantId, externalId: claimed.externalId },
    });
    return claimed;
  });
  return { account: accountOf(link), code, expiresAt };
}

export type LinkOutcome =
  | { outcome: 'linked'; name: string }
  | { outcome: 'wrong_code'; triesLeft: number }
  | { outcome: 'none' };

/** The six digits as the chat account sent them in a direct message. 'none': no link waits for a code, it was just a number. */
export function finishLink(ctx: Needs, account: ChatAccount, code: string): Promise<LinkOutcome> {
  const at = ctx.clock.now();
  return withTransaction(ctx.pool, async (tx): Promise<LinkOutcome> => {
    const waiting = await waitingLinks(tx, account, at);
    if (waiting.length === 0) return { outcome: 'none' };
    const right = waiting.find((link) => timingSafeEqual(link.codeHash, hashCode(link.id, code.trim())));
    if (!right) {
      await spendTry(
        tx,
        waiting.map((link) => link.id),
      );
      return { outcome: 'wrong_code', triesLeft: Math.max(...waiting.map((link) => link.triesLeft)) - 1 };
    }
    await finish(tx, right.id, at);
    const before = await holderOf(tx, account);
    if (before !== null && before !== right.personId)
      await record(tx, {
        actorId: null,
        surface: account.surface,
        action: 'chat_account.moved',
        subjectKind: 'person',
        subjectId: before,
        detail: { tenantId: account.tenantId, externalId: account.externalId, name: account.name },
      });
    await putAccount(tx, { ...account, id: newId(at.getTime()), personId: right.personId });
    await record(tx, {
      actorId: right.personId,
      surface: account.surface,
      action: 'chat_account.linked',
      subjectKind: 'person',
      subjectId: right.personId,
      detail: { tenantId: account.tenantId, externalId: account.externalId, name: account.name },
    });
    const person = await personOfAccount(tx, account, at);
    return { outcome: 'linked', name: person?.name ?? account.name };
  });
}

export const listChatAccounts = (ctx: Pick<Needs, 'pool'>, personId: PersonId): Promise<LinkedAccount[]> =>
  accountsOf(ctx.pool, personId);

/** Unlinks one of a person's own chat accounts. @throws AppError 'not_found'. */
export async function unlink(ctx: Needs, personId: PersonId, chatAccountId: string): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    if ((await deleteAccount(tx, personId, chatAccountId)) === 0) throw notFound('chat account');
    await record(tx, {
      actorId: personId,
      surface: 'portal',
      action: 'chat_account.unlinked',
      subjectKind: 'person',
      subjectId: personId,
    });
  });
}

/** Unlinks the chat account that asks for it. False when it was linked to nobody. */
export async function unlinkChatAccount(
  ctx: Needs,
  account: Pick<ChatAccount, 'surface' | 'tenantId' | 'externalId'>,
): Promise<boolean> {
  return withTransaction(ctx.pool, async (tx) => {
    const personId = await deleteAccountByKey(tx, account);
    if (personId === null) return false;
    await record(tx, {
      actorId: personId,
      surface: account.surface,
      action: 'chat_account.unlinked',
      subjectKind: 'person',
      subjectId: personId,
    });
    return true;
  });
}

/**
 * Who reads along, from the chat's own list of members. An account linked to nobody, to somebody not yet approved or whose
 * identity provider has not confirmed them, or what it gave them, for too long, has what everyone has; with a deactivated person in the room nothing is said there, nor where the list is empty, which it never is.
 */
export async function audienceOf(
  ctx: Pick<Needs, 'pool' | 'clock'>,
  surface: 'slack' | 'teams',
  tenantId: string,
  externalIds: readonly string[],
): Promise<Audience> {
  const distinct = [...new Set(externalIds)];
  if (distinct.length === 0) return { kind: 'nobody' };
  const known = await standingOfAccounts(ctx.pool, surface, tenantId, distinct, ctx.clock.now());
  if (known.some((account) => account.status !== 'active')) return { kind: 'nobody' };
  const approved = known.filter((account) => account.role !== 'pending' && !account.inDoubt);
  return {
    kind: 'members',
    personIds: [...new Set(approved.map((account) => account.personId))],
    unlinked: approved.length < distinct.length,
  };
}

const hashCode = (link: string, code: string): Buffer => hashToken(`${link}:${code}`);

const accountOf = (link: {
  surface: 'slack' | 'teams';
  tenantId: string;
  externalId: string;
  name: string;
  workspace: string;
}): ChatAccount => ({
  surface: link.surface,
  tenantId: link.tenantId,
  externalId: link.externalId,
  name: link.name,
  workspace: link.workspace,
});
