import { randomUUID } from 'node:crypto';

/** Of this process alone, so that bots on one Redis don't hear each other's Teams. */
export const APP_ID = randomUUID();
export const TENANT = randomUUID();
export const OTHER_TENANT = randomUUID();
export const BOT_ID = `28:${APP_ID}`;

export type TeamsUser = {
  id: string;
  name: string;
  objectId?: string;
  signInName?: string;
  tenantId?: string;
  userRole?: string;
  /** Has added the bot, so that it may write first. */
  installed?: boolean;
};

export type TeamsChat = {
  id: string;
  kind: 'personal' | 'groupChat' | 'channel';
  members: string[];
  name?: string;
  /** Everybody of the team, whether in this channel or not: what the bot must not ask for. */
  team?: string[];
};

export type Json = Record<string, any>;

export type TeamsMessage = {
  id: string;
  conversationId: string;
  activity: Json;
  rewritten: number;
  streamed: string[];
};

/** A message that grows. `over`: how it came to its end. */
export type Stream = {
  id: string;
  sequence: number;
  text: string;
  startedAt: number;
  lastAt: number;
  over: '' | 'final' | 'stopped' | 'time';
};

/** How calls fail: not answered, answered with this body, or refused. */
export type Trouble = {
  left: number;
  method: RegExp;
  path: RegExp;
  status?: number;
  code?: string;
  message?: string;
  retryAfter?: number;
  hang?: boolean;
  body?: unknown;
};

/** What a tenant holds, and what happened in it. */
export type Tenant = ReturnType<typeof aTenant>;

/** An empty tenant. */
export function aTenant() {
  let serial = 1_700_000_000_000;
  return {
    origin: '',
    /** Where deliveries go. */
    botUrl: '',
    /** How many members a page has, whatever was asked for. */
    pageSize: 2,
    streamLifeMs: 120_000,
    users: new Map<string, TeamsUser>(),
    chats: new Map<string, TeamsChat>(),
    messages: [] as TeamsMessage[],
    calls: [] as { method: string; path: string; at: number; body: Json }[],
    /** By conversation. */
    streams: new Map<string, Stream[]>(),
    /** When something was written, by conversation. */
    sentAt: new Map<string, number[]>(),
    troubles: [] as Trouble[],
    /** What the real one would swallow or break at without a word. */
    violations: [] as string[],
    newId: () => String((serial += 1)),
  };
}

/** The address that activities of this tenant name as theirs. */
export const serviceUrlOf = ({ origin }: Pick<Tenant, 'origin'>): string => `${origin}/amer/${TENANT}/`;

/** The bot's chat with this user alone. */
export const personalOf = (userId: string): string => `a:personal-${userId}`;
