import { setTimeout as sleep } from 'node:timers/promises';

/** How often the bot may write into one conversation: this many within so many ms. */
const LIMITS = [
  { most: 7, withinMs: 1_000 },
  { most: 8, withinMs: 2_000 },
  { most: 60, withinMs: 30_000 },
  { most: 1_800, withinMs: 3_600_000 },
] as const;
const LONGEST_MS = 3_600_000;
const LOOK_AGAIN_MS = 20;

/** To be called when the call was answered: Teams may count it as late as then. */
export type Done = () => void;

export type Pace = Readonly<{
  /** Waits for this conversation's turn; those who wait go in the order they came. */
  turn(conversationId: string): Promise<Done>;
  /** Takes a turn if there is one now. */
  tryTurn(conversationId: string): Done | null;
  /** Teams said to wait. */
  hold(conversationId: string, ms: number): void;
}>;

/** `doneAt`: null while it is under way. */
type Call = { doneAt: number | null };
type Conversation = { calls: Call[]; heldUntil: number; queue: Promise<unknown> };

/** Keeps what is written below the limits of Teams, conversation by conversation. */
export function createPace(now: () => number = Date.now): Pace {
  const conversations = new Map<string, Conversation>();

  const conversationOf = (id: string): Conversation => {
    const conversation = conversations.get(id) ?? { calls: [], heldUntil: 0, queue: Promise.resolve() };
    conversation.calls = conversation.calls.filter(({ doneAt }) => doneAt === null || now() - doneAt < LONGEST_MS);
    conversations.set(id, conversation);
    if (conversations.size > 5_000) forgetQuiet(conversations, now());
    return conversation;
  };

  /** How long this many calls keep another one waiting. */
  const waitForLimit = (calls: readonly Call[], most: number, withinMs: number): number => {
    const counted = calls.filter(({ doneAt }) => doneAt === null || now() - doneAt < withinMs);
    if (counted.length < most) return 0;
    const done = counted.flatMap(({ doneAt }) => doneAt ?? []).toSorted((a, b) => a - b);
    const last = done[counted.length - most];
    return last === undefined ? LOOK_AGAIN_MS : last + withinMs - now();
  };

  const waitMs = ({ calls, heldUntil }: Conversation): number =>
    Math.max(0, heldUntil - now(), ...LIMITS.map(({ most, withinMs }) => waitForLimit(calls, most, withinMs)));

  const tryTurn = (id: string): Done | null => {
    const conversation = conversationOf(id);
    if (waitMs(conversation) > 0) return null;
    const call: Call = { doneAt: null };
    conversation.calls.push(call);
    return () => (call.doneAt = now());
  };

  const waitForTurn = async (id: string): Promise<Done> => {
    for (;;) {
      const done = tryTurn(id);
      if (done) return done;
      await sleep(Math.max(LOOK_AGAIN_MS, waitMs(conversationOf(id))));
    }
  };

  return {
    tryTurn,
    turn(id) {
      const conversation = conversationOf(id);
      const mine = conversation.queue.then(() => waitForTurn(id));
      conversation.queue = mine;
      return mine;
    },
    hold(id, ms) {
      const conversation = conversationOf(id);
      conversation.heldUntil = Math.max(conversation.heldUntil, now() + ms);
    },
  };
}

/** One in which nothing was written for a minute is begun anew. */
function forgetQuiet(conversations: Map<string, Conversation>, at: number): void {
  for (const [id, { calls, heldUntil }] of conversations)
    if (heldUntil < at && calls.every(({ doneAt }) => doneAt !== null && at - doneAt > 60_000))
      conversations.delete(id);
}
