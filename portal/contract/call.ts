import type { z } from 'zod';

/** What an API key may be narrowed to. `all`: everything that its person may do. */
export const KEY_SCOPES = ['ask', 'search', 'knowledge', 'people', 'models', 'all'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/**
 * Who may make a call before the person's rights are looked at: `public` anybody; `session` a person signed in with
 * a browser, never a key; otherwise a session, or a key that has this scope or `all`.
 */
export type CallAccess = 'public' | 'session' | KeyScope;

/**
 * One call of the API, as server, portal and documentation know it. `path` is below /api/v1, parameters in braces.
 * `answers` is null where the answer has no body of JSON: `events` are server-sent, `file` is bytes.
 */
export type Call = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly topic: string;
  readonly access: CallAccess;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status: 200 | 201 | 202 | 204;
  readonly answers: z.ZodType | null;
  readonly sends?: 'json' | 'multipart';
  readonly streams?: 'events' | 'file';
  /** The shape of one event, where the answer is or may be a stream of them. */
  readonly event?: z.ZodType;
  /** Headers of the answer that programs may need, each with what it says. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Works although the password must be changed first or an administrator has not approved the person yet. */
  readonly always?: true;
  /** Answers while an administrator views the portal as somebody else. Only what shows rights and menus, never text. */
  readonly whileViewing?: true;
  /** An open page asks it again and again by itself, so that it is no sign that somebody is there: no session lives on by it. */
  readonly repeats?: true;
};

/** States a call with its own types kept. */
export const call = <const C extends Call>(value: C): C => value;

type Part<Schema, Nothing> = Schema extends z.ZodType ? z.output<Schema> : Nothing;
type Written<Schema, Nothing> = Schema extends z.ZodType ? z.input<Schema> : Nothing;

/** What the server reads of a request, checked. */
export type Received<C extends Call> = {
  params: Part<C['params'], Record<string, never>>;
  query: Part<C['query'], Record<string, never>>;
  body: Part<C['body'], undefined>;
};

/** What a client sends: parts with defaults may be left out. */
export type Sent<C extends Call> = {
  params: Written<C['params'], undefined>;
  query: Written<C['query'], undefined>;
  body: Written<C['body'], undefined>;
};

/** What a call gives. */
export type Answered<C extends Call> = Part<C['answers'], undefined>;
