import { answer, type Question } from '../../core/answer.ts';
import { PRIVATE, type Audience } from '../../core/access/scope.ts';
import { spoken } from '../../core/conversation/spoken.ts';
import type { ChatWords } from '../../core/conversation/words.ts';
import { stillFits } from '../../core/conversation/readers.ts';
import { slackCanvas, type Target } from './canvas.ts';
import { drawAnswer } from './draw.ts';
import { threadKeyOf, type Slack } from './slack.ts';

export type Told =
  /** `privateId`: the asker may read more, and is to get it under this id. */
  | { kind: 'said'; privateId: string | null }
  /** Whoever reads along changed before the first word: nothing was said. */
  | { kind: 'readers_changed' }
  /** Another process answers. */
  | { kind: 'superseded' };

/** The first word is checked against a list of members not older than this, ms. */
const FRESH_MS = 5_000;

/**
 * Answers a question in a thread. `readers`: who reads along there, null in a direct chat. They are looked at again right
 * before the first word, and whenever Slack says that somebody came: with somebody new who may read less it says nothing
 * more. `mayBegin`: asked right before the first word; false means that another process answers.
 */
export async function answerHere(
  slack: Slack,
  here: {
    question: Pick<Question, 'text' | 'asker' | 'quoted'> & { messageId: string };
    words: ChatWords;
    target: Omit<Target, 'answerId'>;
    readers: Audience | null;
    mayBegin(): Promise<boolean>;
  },
): Promise<Told> {
  const { question, words, target, readers } = here;
  const controller = new AbortController();
  const threadKey = threadKeyOf(slack, target.channelId, target.threadTs);
  const forget = slack.running.add(threadKey, controller);
  const guard = readers === null ? null : guardReaders(slack, target.channelId, readers, controller);
  let superseded = false;
  try {
    const events = answer(slack.ctx, {
      ...question,
      surface: 'slack',
      place: readers === null ? PRIVATE : { kind: 'shared', audience: readers },
      threadKey,
      signal: controller.signal,
    });
    const drawn = await drawAnswer(
      spoken(slack.ctx, 'slack', events),
      slackCanvas(slack.api, slack.self, slack.missing, { ...target, answerId: question.messageId }),
      {
        words,
        async mayBegin() {
          if (guard && !(await guard.fits(FRESH_MS))) return false;
          superseded = !(await here.mayBegin());
          if (superseded) controller.abort();
          return !superseded;
        },
        mayGoOn: async () => guard === null || guard.fits(),
        stoppedText: () => words.stoppedForMembers,
        onStopped: () => controller.abort(),
      },
    );
    if (superseded) return { kind: 'superseded' };
    return drawn.begun ? { kind: 'said', privateId: drawn.private?.messageId ?? null } : { kind: 'readers_changed' };
  } finally {
    guard?.end();
    forget();
  }
}

/** Watches who reads along while an answer is written. Once they don't fit any more, they never do again. */
function guardReaders(slack: Slack, channelId: string, readers: Audience, controller: AbortController) {
  let fit = true;
  let looking: Promise<void> = Promise.resolve();
  const look = (youngerThanMs: number) => {
    looking = looking.then(async () => {
      if (!fit) return;
      const { audience } = await slack.rosters.readers(channelId, youngerThanMs);
      if (stillFits(readers, audience)) return;
      fit = false;
      controller.abort();
    });
    return looking;
  };
  const end = slack.rosters.watch(channelId, () => void look(0));
  return {
    end,
    /** Whether they still do. `youngerThanMs`: looked up again if what is known is older; else the last look counts. */
    async fits(youngerThanMs?: number): Promise<boolean> {
      await (youngerThanMs === undefined ? looking : look(youngerThanMs));
      return fit;
    },
  };
}
