import { z } from 'zod';
import { call } from './call.ts';
import { PROVIDER_KINDS } from './providers.ts';
import { id, instant, named, viewing } from './shapes.ts';

export const ROLES = ['pending', 'user', 'admin'] as const;
export const role = z.enum(ROLES);

/** Shown on every page while it is true: sample people can sign in, or an administrator has to do something. */
export const banner = z.object({ kind: z.enum(['sample', 'notice']), text: z.string() });

/** What the sign-in page may know before anybody has signed in. */
export const installation = z
  .object({
    productName: z.string(),
    version: z.string(),
    banner: banner.nullable(),
    /** Identity providers that may be chosen there; one begins at /auth/{kind}/{key}/start. */
    providers: z.array(z.object({ key: z.string(), kind: z.enum(PROVIDER_KINDS), name: z.string() })),
  })
  .meta({ id: 'Installation' });

/** The person who is signed in, and what their menu holds. */
export const me = z
  .object({
    person: z.object({
      id,
      name: z.string(),
      email: z.string().nullable(),
      role,
      language: z.string().nullable(),
    }),
    /** Every permission of the product by its dotted key: what is false is not in the menu. */
    permissions: z.record(z.string(), z.boolean()),
    /** What a menu asks beside permissions: whether there is a group, or a knowledge base, that they manage. */
    manages: z.object({ groups: z.array(named), knowledgeBases: z.array(named) }),
    /** Whose menu and rights these are instead of one's own, while an administrator views the portal as somebody else. */
    viewingAs: viewing.nullable(),
    mustChangePassword: z.boolean(),
    productName: z.string(),
    banner: banner.nullable(),
    /** Goes back in the header `X-CSRF-Token` of every call that changes something. */
    csrfToken: z.string(),
    sessionId: id,
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof me>;

export const password = z.string().min(1).max(1024);
/** A password that is being chosen. */
export const newPassword = z
  .string()
  .min(12, 'must have at least 12 characters')
  .max(1024, 'must have at most 1024 characters');

export const signIn = z.object({ email: z.string().trim().min(1).max(320), password });

export const oneTimeLink = z.object({ url: z.url(), expiresAt: instant }).meta({ id: 'OneTimeLink' });
export type OneTimeLink = z.infer<typeof oneTimeLink>;

const token = z.object({ token: z.string().min(1).max(200) });

export const getInstallation = call({
  method: 'GET',
  path: '/installation',
  summary: 'What the sign-in page shows',
  topic: 'Session',
  access: 'public',
  status: 200,
  answers: installation,
});

export const createSession = call({
  method: 'POST',
  path: '/session',
  summary: 'Sign in with a password; sets the session cookie',
  topic: 'Session',
  access: 'public',
  body: signIn,
  status: 201,
  answers: me,
});

export const createDirectorySession = call({
  method: 'POST',
  path: '/session/directory',
  summary: 'Sign in with the password of a directory of the company (LDAP, Active Directory); sets the session cookie',
  topic: 'Session',
  access: 'public',
  body: z.object({
    /** The key of the provider. */
    provider: z.string().min(1).max(100),
    login: z.string().trim().min(1).max(300),
    password,
  }),
  status: 201,
  answers: me,
});

export const getSession = call({
  method: 'GET',
  path: '/session',
  summary: 'Who is signed in, and what they may do',
  topic: 'Session',
  access: 'session',
  repeats: true,
  always: true,
  whileViewing: true,
  status: 200,
  answers: me,
});

export const deleteSession = call({
  method: 'DELETE',
  path: '/session',
  summary: 'Sign out; gives where to go so that the session at the identity provider ends too',
  topic: 'Session',
  access: 'session',
  always: true,
  whileViewing: true,
  status: 200,
  answers: z.object({ signOutUrl: z.url().nullable() }),
});

export const changePassword = call({
  method: 'POST',
  path: '/account/password',
  summary: "Change one's own password; other sessions end",
  topic: 'Account',
  access: 'session',
  always: true,
  body: z.object({ current: password, next: newPassword }),
  status: 204,
  answers: null,
});

/** Opening a link changes nothing: only the form behind it does, so that a preview does not use it up. */
export const getLink = call({
  method: 'GET',
  path: '/links/{token}',
  summary: 'What a one-time link is for; changes nothing',
  topic: 'Session',
  access: 'public',
  params: token,
  status: 200,
  answers: z.object({
    purpose: z.enum(['first_sign_in', 'reset_password']),
    person: z.object({ name: z.string(), email: z.string().nullable() }),
  }),
});

export const acceptLink = call({
  method: 'POST',
  path: '/links/{token}',
  summary: 'Choose a password by a one-time link, and be signed in; other sessions end, and with a reset all API keys',
  topic: 'Session',
  access: 'public',
  params: token,
  body: z.object({ password: newPassword }),
  status: 201,
  answers: me,
});

/** The chat account that asks to be linked, as the person must recognise it. */
export const chatAccountToLink = z.object({
  surface: z.enum(['slack', 'teams']),
  name: z.string(),
  workspace: z.string(),
  tenantId: z.string(),
});

export const getChatLink = call({
  method: 'GET',
  path: '/chat-links/{token}',
  summary: 'Which chat account asks to be linked; changes nothing',
  topic: 'Account',
  access: 'session',
  params: token,
  status: 200,
  answers: z.object({ account: chatAccountToLink }),
});

export const claimChatLink = call({
  method: 'POST',
  path: '/chat-links/{token}/claim',
  summary: 'Get the six digits that this chat account must send to the bot; they are shown once',
  topic: 'Account',
  access: 'session',
  params: token,
  status: 201,
  answers: z.object({
    account: chatAccountToLink,
    code: z.string().regex(/^\d{6}$/),
    expiresAt: instant,
  }),
});
