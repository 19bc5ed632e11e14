import { demand } from '../../../core/access/decide.ts';
import { eventsAbout } from '../../../core/audit/about-person.ts';
import { chooseLanguage } from '../../../core/identity/account.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../../../core/identity/api-keys.ts';
import { listChatAccounts, unlink } from '../../../core/identity/chat-accounts.ts';
import { changePassword } from '../../../core/identity/passwords.ts';
import { endSession, listSessions } from '../../../core/identity/sessions.ts';
import * as contract from '../../contract/account.ts';
import { changePassword as changePasswordCall } from '../../contract/session.ts';
import { shownKey } from '../api-keys.ts';
import type { Caller } from '../caller.ts';
import { route } from '../route.ts';

const EVENTS_SHOWN = 50;

const sessionIdOf = (caller: Caller): string | null => (caller.via === 'session' ? caller.sessionId : null);

/** A person's own page: language, password, chat accounts, sessions, keys, and what was recorded about them. */
export const accountRoutes = [
  route(contract.updateAccount, ({ ctx, caller, body }) => chooseLanguage(ctx, caller.person.id, body.language)),

  route(changePasswordCall, ({ ctx, caller, body }) =>
    changePassword(ctx, caller.person.id, { ...body, keepSession: sessionIdOf(caller) }),
  ),

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
    return { items: found.map(shownKey), nextCursor: null };
  }),

  route(contract.createApiKey, async ({ ctx, caller, body }) => {
    const { id: personId } = caller.person;
    await demand(ctx, personId, 'api_keys');
    const { expiresAt, ...made } = await createApiKey(ctx, { ...body, personId, madeBy: 'portal' });
    return { ...made, expiresAt: expiresAt.toISOString() };
  }),

  route(contract.revokeApiKey, ({ ctx, caller, params }) => revokeApiKey(ctx, caller.person.id, params.id)),

  route(contract.listAccountEvents, async ({ ctx, caller }) => {
    const found = await eventsAbout(ctx, caller.person.id, EVENTS_SHOWN);
    return { items: found.map((event) => ({ ...event, at: event.at.toISOString() })), nextCursor: null };
  }),
];
