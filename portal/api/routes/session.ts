import manifest from '../../../package.json' with { type: 'json' };
import { rightsOf } from '../../../core/access/rights.ts';
import { countSamplePeople } from '../../../core/access/sample-removal.ts';
import type { Context } from '../../../core/context.ts';
import { AppError, notFound } from '../../../core/errors.ts';
import { claimLink, openLink, type ChatAccount } from '../../../core/identity/chat-accounts.ts';
import { signInAtDirectory } from '../../../core/identity/ldap/sign-in.ts';
import { acceptOneTimeLink, openOneTimeLink } from '../../../core/identity/one-time-links.ts';
import { signInWithPassword } from '../../../core/identity/passwords.ts';
import { findProvider, listWaysIn } from '../../../core/identity/providers/store.ts';
import { personOfSession } from '../../../core/identity/sessions.ts';
import { signOut } from '../../../core/identity/sign-out.ts';
import * as contract from '../../contract/session.ts';
import { clearSessionCookie, csrfTokenOf, keepBrowser, keptBrowser, setSessionCookie, type Caller } from '../caller.ts';
import { route } from '../route.ts';
import { comesFrom } from '../sign-in/browser.ts';
import { shownViewing } from '../viewing.ts';

const PRODUCT_NAME = 'Gatehouse';

async function bannerOf(ctx: Pick<Context, 'db'>): Promise<contract.Me['banner']> {
  const samples = await countSamplePeople(ctx);
  return samples === 0
    ? null
    : {
        kind: 'sample',
        text: `Sample company: ${samples} invented people can sign in here. Remove the sample before real use.`,
      };
}

/** The person of a session with what their menu holds; while they view as somebody else, with what the other's holds. */
async function meOf(ctx: Context, caller: Caller & { via: 'session' }): Promise<contract.Me> {
  const { person, viewingAs } = caller;
  const [{ permissions, manages, knowledgeBases }, banner, viewing] = await Promise.all([
    rightsOf(ctx, viewingAs ?? { kind: 'person', id: person.id }),
    bannerOf(ctx),
    viewingAs && shownViewing(ctx, viewingAs),
  ]);
  return {
    person: { id: person.id, name: person.name, email: person.email, role: person.role, language: person.language },
    permissions: { ...permissions },
    manages: {
      groups: [...manages],
      knowledgeBases: knowledgeBases.filter((each) => each.level === 3).map(({ id, name }) => ({ id, name })),
    },
    viewingAs: viewing,
    mustChangePassword: caller.mustChangePassword,
    productName: PRODUCT_NAME,
    banner,
    csrfToken: csrfTokenOf(caller.token),
    sessionId: caller.sessionId,
  };
}

async function meOfToken(ctx: Context, token: string): Promise<contract.Me> {
  const found = await personOfSession(ctx, token);
  if (!found) throw new AppError('not_signed_in', 'This session has ended. Sign in again');
  return meOf(ctx, { via: 'session', token, ...found });
}

const bySession = (caller: Caller): Caller & { via: 'session' } => {
  if (caller.via !== 'session') throw new AppError('forbidden', 'This is done in the portal, not with an API key');
  return caller;
};

const shown = ({ surface, name, workspace, tenantId }: ChatAccount) => ({ surface, name, workspace, tenantId });

/** Signing in and out, one-time links, and linking a chat account. */
export const sessionRoutes = [
  route(contract.getInstallation, async ({ ctx }) => ({
    productName: PRODUCT_NAME,
    version: manifest.version,
    banner: await bannerOf(ctx),
    providers: await listWaysIn(ctx),
  })),

  route(contract.createSession, async ({ ctx, body, request, response }) => {
    const kept = keptBrowser(ctx, request);
    const { token, browser } = await signInWithPassword(ctx, { ...body, ...comesFrom(request), browser: kept });
    setSessionCookie(ctx, response, token);
    keepBrowser(ctx, response, browser);
    return meOfToken(ctx, token);
  }),

  route(contract.createDirectorySession, async ({ ctx, body, request, response }) => {
    const provider = await findProvider(ctx, body.provider, ['ldap']);
    if (!provider) throw notFound('directory');
    const { token } = await signInAtDirectory(ctx, provider, { ...body, ...comesFrom(request) });
    setSessionCookie(ctx, response, token);
    return meOfToken(ctx, token);
  }),

  route(contract.getSession, ({ ctx, caller }) => meOf(ctx, bySession(caller))),

  route(contract.deleteSession, async ({ ctx, caller, response }) => {
    const { person, sessionId } = bySession(caller);
    const signedOut = await signOut(ctx, person.id, sessionId);
    clearSessionCookie(ctx, response);
    return signedOut;
  }),

  route(contract.getLink, async ({ ctx, params }) => {
    const { purpose, name, email } = await openOneTimeLink(ctx, params.token);
    return { purpose, person: { name, email } };
  }),

  route(contract.acceptLink, async ({ ctx, params, body, request, response }) => {
    const { token } = await acceptOneTimeLink(ctx, params.token, { ...body, ...comesFrom(request) });
    setSessionCookie(ctx, response, token);
    return meOfToken(ctx, token);
  }),

  route(contract.getChatLink, async ({ ctx, params }) => ({
    account: shown((await openLink(ctx, params.token)).account),
  })),

  route(contract.claimChatLink, async ({ ctx, caller, params }) => {
    const { account, code, expiresAt } = await claimLink(ctx, params.token, caller.person.id);
    return { account: shown(account), code, expiresAt: expiresAt.toISOString() };
  }),
];
