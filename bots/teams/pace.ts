/** How often the bot may write into one conversation: this many within so many ms. */
const LIMITS = [
  { most: 7, withinMs: 1_000 },
  { most: 8, withinMs: 2_000 },
  { most: 60, withinMs: 30_000 },
  { most: 1_800, withinMs: 3_600_000 },
] as const;
const LONGEST_MS = 3_600_000;

export type Pace = Readonly<{
  /** Waits for this conversation's turn; those who wait go in the order they came. */
  turn(conversationId: string): Promise<void>;
  /** Takes a turn if there is one now. */
  tryTurn(conversationId: string): boolean;
  /** Teams said to wait. */
  hold(conversationId: string, ms: number): void;
}>;

type Sent = { at: number[]; heldUntil: number; queue: Promise<void> };

/** Keeps what is written below the limits of Teams, conversation by conversation. */
export function createPace(now: () => number = Date.now): Pace {
  const conversations = new Map<string, Sent>();

  const sentIn = (id: string): Sent => {
    const sent = conversations.get(id) ?? { at: [], heldUntil: 0, queue: Promise.resolve() };
    sent.at = sent.at.filter((at) => now() - at < LONGEST_MS);
    conversations.set(id, sent);
    if (conversations.size > 5_000) forgetQuiet(conversations, now());
    return sent;
  };

  /** Until when the oldest of as many as the limit allows is not counted any more. */
  const waitMs = ({ at, heldUntil }: Sent): number =>
    Math.max(
      0,
      heldUntil - now(),
      ...LIMITS.map(({ most, withinMs }) => {
        const oldest = at.at(-most);
        return oldest === undefined ? 0 : oldest + withinMs - now();
      }),
    );

  const tryTurn = (id: string): boolean => {
    const sent = sentIn(id);
    if (waitMs(sent) > 0) return false;
    sent.at.push(now());
    return true;
  };

  return {
    tryTurn,
    turn(id) {
      const sent = sentIn(id);
      sent.queue = sent.queue.then(async () => {
        while (!tryTurn(id)) await sleep(Math.max(10, waitMs(sentIn(id))));
      });
      return sent.queue;
    },
    hold(id, ms) {
      const sent = sentIn(id);
      sent.heldUntil = Math.max(sent.heldUntil, now() + ms);
    },
  };
}

function forgetQuiet(conversations: Map<string, Sent>, at: number): void {
  for (const [id, sent] of conversations)
    if (sent.heldUntil < at && at - (sent.at.at(-1) ?? 0) > 60_000) conversations.delete(id);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
