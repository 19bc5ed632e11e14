import { setTimeout as sleep } from 'node:timers/promises';
import type { App, Receiver } from '@slack/bolt';
import { handleEvent, keepEvent, sweepInbox, type Attempt } from '../../core/conversation/inbox.ts';
import { hasAskedInThread } from '../../core/conversation/threads.sql.ts';
import { inboxKey, readCommand, readMessage, type Asked } from './incoming.ts';
import { threadKeyOf, type Slack } from './slack.ts';
import { chatWords } from '../../core/conversation/words.ts';
import { answerWords } from '../../core/conversation/answer-words.ts';
import { guessLanguage } from '../../core/models/language.ts';

type Delivery = Parameters<App['processEvent']>[0];
type Body = Delivery['body'];

/** Under what name a listener finds the attempt in Bolt's context. */
export const ATTEMPT = 'inboxAttempt';

/** How long a stop lets answers come to their end, and then how long to say that they were stopped. */
const FINISH_WITHIN_MS = 5_000;
const STOP_WITHIN_MS = 3_000;

/**
 * Puts the inbox between a receiver and Bolt: what asks for an answer is written down before Slack is told "received", is
 * handled once however often and in however many forms it is delivered, and is picked up again when a process dies over it.
 * What is not for the bot is acknowledged and forgotten; everything else goes to Bolt as it came. `idle` waits for what
 * came in through the receiver, the sweeper's own for what it picked up.
 */
export function throughInbox(
  slack: Slack,
  inner: Receiver,
): { receiver: Receiver; sweep: () => { idle(): Promise<void>; stop(): Promise<void> }; idle(): Promise<void> } {
  const { ctx, self } = slack;
  const handling = new Set<Promise<void>>();
  let bolt: Pick<App, 'processEvent'> | null = null;

  const dispatch = (body: Body, attempt: Attempt): Promise<void> =>
    bolt?.processEvent({ body, ack: async () => {}, customProperties: { [ATTEMPT]: attempt } }) ?? Promise.resolve();

  const receive = async (delivery: Delivery): Promise<void> => {
    const key = inboxKey(delivery.body, self);
    if (key === null) return bolt?.processEvent(delivery);
    const asked = readMessage(delivery.body, self);
    if (asked && !(await isForBot(slack, asked))) return delivery.ack();
    const isNew = await keepEvent(ctx, { surface: 'slack', key, payload: delivery.body });
    await delivery.ack(asked ? undefined : firstReply(delivery.body));
    if (!isNew) return;
    const work = handleEvent(ctx, { key, payload: delivery.body }, dispatch);
    handling.add(work);
    void work.finally(() => handling.delete(work));
  };

  const firstReply = (body: Body) => {
    const text = readCommand(body, self)?.text ?? '';
    const words = text === '' ? null : answerWords(guessLanguage(text));
    return { response_type: 'ephemeral', text: words ? `${words.searching} …` : chatWords(null).empty };
  };

  return {
    receiver: {
      init(app) {
        bolt = app;
        inner.init({ processEvent: receive } as App);
      },
      start: (...args: unknown[]) => inner.start(...args),
      async stop(...args: unknown[]) {
        await inner.stop(...args);
        const handled = Promise.allSettled(handling);
        await Promise.race([handled, sleep(FINISH_WITHIN_MS, undefined, { ref: false })]);
        slack.running.stopAll();
        await Promise.race([handled, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
      },
    },
    sweep: () => sweepInbox<Body>(ctx, 'slack', dispatch),
    async idle() {
      while (handling.size > 0) await Promise.allSettled(handling);
    },
  };
}

/** A direct message, a mention, or the asker's own follow-up in a thread that mentions nobody else. */
async function isForBot(slack: Slack, asked: Asked): Promise<boolean> {
  if (asked.direct || asked.mentionsBot) return true;
  if (!asked.inThread || asked.mentionsOthers) return false;
  return hasAskedInThread(slack.ctx.pool, {
    surface: 'slack',
    tenantId: slack.self.teamId,
    externalId: asked.userId,
    threadKey: threadKeyOf(slack, asked.channelId, asked.threadTs),
  });
}
