import { demand } from '../../../core/access/decide.ts';
import { record } from '../../../core/audit/record.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../../../core/identity/api-keys.ts';
import { listChatAccounts, unlink } from '../../../core/identity/chat-accounts.ts';
import { changePassword } from '../../../core/identity/passwords.ts';
import { endSession, listSessions } from '../../../core/identity/sessions.ts';
import * as contract from '../../contract/account.ts';
import { changePassword as changePasswordCall } from '../../contract/session.ts';
import type { Caller } from '../caller.ts';
import { route } from '../route.ts';

const EVENTS_SHOWN = 50;

const sessionIdOf = (caller: Caller): string | null => (caller.via === 'session' ? caller.sessionId : null);

/** A person's own page: language, password, chat accounts, sessions, keys, and what was recorded about them. */
export const accountRoutes = [
  route(contract.updateAccount, async ({ ctx, caller, body }) => {
    await ctx.db.person.update({ where: { id: caller.person.id }, data: { language: body.language } });
  }),

  route(changePasswordCall, async ({ ctx, caller, body }) => {
    const { id } = caller.person;
    await changePassword(ctx, id, { ...body, keepSession: sessionIdOf(caller) });
    await record(ctx.pool, {
      actorId: id,
      surface: 'portal',
      action: 'person.password_changed',
      subjectKind: 'person',
      subjectId: id,
    });
  }),

  route(contract.listChatAccounts, async ({ ctx, caller }) => {
    const found = await listChatAccounts(ctx, caller.person.id);
    return { items: found.map((each) => ({ ...each, linkedAt: each.linkedAt.toISOString() })), nextCursor: null };
  }),

  route(contract.unlinkChatAccount, ({ ctx, caller, params }) => unlink(ctx, caller.person.id, params.id)),

  route(contract.listSessions, async ({ ctx, caller }) => {
    const found = await listSessions(ctx, caller.person.id);
    return {
      items: found.map((each) => ({
        id: each.id,
        device: each.device,
        address: each.address,
        createdAt: each.createdAt.toISOString(),
        lastSeenAt: each.lastSeenAt.toISOString(),
        expiresAt: each.expiresAt.toISOString(),
        current: each.id === sessionIdOf(caller),
      })),
      nextCursor: null,
    };
  }),

  route(contract.endSession, ({ ctx, caller, params }) => endSession(ctx, caller.person.id, params.id)),

  route(contract.listApiKeys, async ({ ctx, caller }) => {
    const found = await listApiKeys(ctx, caller.person.id);
    return {
      items: found.map((each) => ({
        ...each,
        createdAt: each.createdAt.toISOString(),
        expiresAt: each.expiresAt.toISOString(),
        lastUsedAt: each.lastUsedAt?.toISOString() ?? null,
      })),
      nextCursor: null,
    };
  }),

  route(contract.createApiKey, async ({ ctx, caller, body }) => {
    const { id } = caller.person;
    await demand(ctx, id, 'api_keys');
    const made = await createApiKey(ctx, { ...body, personId: id, madeBy: 'portal' });
    await record(ctx.pool, {
      actorId: id,
      surface: 'portal',
      action: 'api_key.created',
      subjectKind: 'person',
      subjectId: id,
      detail: { keyId: made.id, scopes: body.scopes, days: body.days },
    });
    return { id: made.id, key: made.key, expiresAt: made.expiresAt.toISOString() };
  }),

  route(contract.revokeApiKey, async ({ ctx, caller, params }) => {
    const { id } = caller.person;
    await revokeApiKey(ctx, id, params.id);
    await record(ctx.pool, {
      actorId: id,
      surface: 'portal',
      action: 'api_key.revoked',
      subjectKind: 'person',
      subjectId: id,
      detail: { keyId: params.id },
    });
  }),

  route(contract.listAccountEvents, async ({ ctx, caller }) => {
    const found = await ctx.db.auditEntry.findMany({
      where: { subjectKind: 'person', subjectId: caller.person.id },
      orderBy: [{ at: 'desc' }, { id: 'desc' }],
      take: EVENTS_SHOWN,
    });
    return {
      items: found.map(({ id, at, action, surface, detail, actorId }) => {
        const reason = detail !== null && typeof detail === 'object' && 'reason' in detail ? detail['reason'] : null;
        return {
          id,
          at: at.toISOString(),
          action,
          surface,
          reason: typeof reason === 'string' ? reason : null,
          byOther: actorId !== caller.person.id,
        };
      }),
      nextCursor: null,
    };
  }),
];
