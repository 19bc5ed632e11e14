import { z } from 'zod';
import { approveRequest, declineRequest } from '../../core/access/requests/answer.ts';
import { getRequest, noneIfMissing, type AccessRequest } from '../../core/access/requests/lists.ts';
import { knownNow, requestToTell, type Known } from '../../core/access/requests/told.ts';
import { accessWords, type AccessWords } from '../../core/conversation/access-words.ts';
import type { NoticeRow } from '../../core/conversation/outbox.ts';
import { AppError } from '../../core/errors.ts';
import { SlackCallError } from './api.ts';
import { sentenceOf, type Block } from './blocks.ts';
import { defanged, escapeMarks } from './escape.ts';
import type { Slack } from './slack.ts';
import { tellBlocksDirectly } from './tell.ts';

export const REQUEST_ACTION = 'access_request';
export const APPROVE = `${REQUEST_ACTION}_approve`;
export const DECLINE = `${REQUEST_ACTION}_decline`;

/** A button under a request, as Slack tells of it. */
export const requestPress = z.object({
  trigger_id: z.string(),
  team: z.object({ id: z.string() }).nullish(),
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }),
  container: z.object({ message_ts: z.string() }),
  actions: z.array(z.object({ action_id: z.string(), value: z.uuid() })).length(1),
});
export type RequestPress = z.infer<typeof requestPress>;

/** The window in which a word is written, sent off. */
export const declineSent = z.object({
  team: z.object({ id: z.string() }).nullish(),
  user: z.object({ id: z.string() }),
  view: z.object({
    private_metadata: z
      .string()
      .transform((text) => z.object({ id: z.uuid(), channel: z.string(), ts: z.string() }).parse(JSON.parse(text))),
    state: z.object({
      values: z.object({ word: z.object({ word: z.object({ value: z.string().max(500).nullish() }) }) }),
    }),
  }),
});

type Where = { user: string; channel: string; ts: string };

/** People's own words: no marks of Slack's in them, no links, no names for pictures. */
const said = (text: string): Block => ({
  type: 'section',
  text: { type: 'plain_text', text: defanged(text), emoji: false },
});
const messageWith = (text: string, blocks: readonly Block[]) => ({ ...sentenceOf(escapeMarks(text)), blocks });

/** Tells somebody of a request that waits for them, or of the answer to theirs, if it is still theirs to know. */
export async function tellOfRequest(slack: Slack, notice: NoticeRow): Promise<void> {
  const told = await requestToTell(slack.ctx, 'slack', notice);
  if (told === null || !(await isColleague(slack, notice.externalId))) return;
  const words = accessWords(told.to.language);
  const { request } = told;
  if (notice.topic === 'access_answered') {
    const text = words.answered(request);
    return tellBlocksDirectly(slack, notice.externalId, messageWith(text, [said(text)]));
  }
  await tellBlocksDirectly(
    slack,
    notice.externalId,
    messageWith(words.asks(request), askBlocks(slack, request, words)),
  );
}

/** An account that nobody outside vouches for could be its maker's: that is looked at in the portal. */
const byOnePress = ({ person }: AccessRequest): boolean => person.madeBy === null;

function askBlocks({ ctx }: Slack, request: AccessRequest, words: AccessWords): Block[] {
  const label = (text: string) => ({ type: 'plain_text', text });
  const held = words.held(request);
  return [
    said(words.asks(request)),
    said([words.known(request), `${words.reason}: ${request.reason}`, held].filter((line) => line !== '').join('\n')),
    {
      type: 'actions',
      elements: [
        ...(byOnePress(request)
          ? [
              {
                type: 'button',
                action_id: APPROVE,
                style: 'primary',
                text: label(words.approve),
                value: request.id,
                confirm: {
                  title: label(words.approve),
                  text: label(words.approveAsk(request)),
                  confirm: label(words.approve),
                  deny: label(words.cancel),
                },
              },
            ]
          : []),
        { type: 'button', action_id: DECLINE, text: label(words.decline), value: request.id },
      ],
    },
    {
      type: 'context',
      elements: [{ type: 'mrkdwn', text: `<${ctx.config.PUBLIC_URL}/requests/answer|${escapeMarks(words.inPortal)}>` }],
    },
  ];
}

/** A button was pressed: who may is looked at now, whatever was shown when. Declining first asks for a word. */
export async function answerPress(slack: Slack, press: RequestPress): Promise<void> {
  const [action] = press.actions;
  const where = { user: press.user.id, channel: press.channel.id, ts: press.container.message_ts };
  const id = action?.value ?? '';
  await deciding(slack, press.team?.id, where, id, async (person) => {
    const request = await getRequest(slack.ctx, person.id, 'decider', id);
    if (action?.action_id === APPROVE) {
      if (!byOnePress(request)) throw new AppError('conflict', 'This one is answered in the portal');
      await approveRequest(slack.ctx, { personId: person.id, surface: 'slack' }, id, 'as_asked');
    } else if (request.state === 'open')
      await askForWord(slack, press.trigger_id, { ...where, id }, accessWords(person.language));
  });
}

/** The word was written: declines with it. */
export async function declineWith(slack: Slack, sent: z.infer<typeof declineSent>): Promise<void> {
  const { id, channel, ts } = sent.view.private_metadata;
  await deciding(slack, sent.team?.id, { user: sent.user.id, channel, ts }, id, async (person) => {
    const word = sent.view.state.values.word.word.value ?? '';
    await declineRequest(slack.ctx, { personId: person.id, surface: 'slack' }, id, word);
  });
}

async function askForWord(
  slack: Slack,
  trigger: string,
  { id, channel, ts }: Where & { id: string },
  words: AccessWords,
) {
  const label = (text: string) => ({ type: 'plain_text', text });
  await slack.api.call('views.open', {
    trigger_id: trigger,
    view: {
      type: 'modal',
      callback_id: DECLINE,
      private_metadata: JSON.stringify({ id, channel, ts }),
      title: label(words.declineTitle),
      submit: label(words.send),
      close: label(words.cancel),
      blocks: [
        {
          type: 'input',
          block_id: 'word',
          optional: true,
          label: label(words.word),
          element: { type: 'plain_text_input', action_id: 'word', multiline: true, max_length: 500 },
        },
      ],
    },
  });
}

/** Does it for who may decide, and shows where the request stands now; everybody else hears that it is not theirs. */
async function deciding(
  slack: Slack,
  team: string | undefined,
  where: Where,
  id: string,
  act: (person: Known) => Promise<void>,
): Promise<void> {
  const here = team === undefined || team === slack.self.teamId || team === slack.self.enterpriseId;
  const account = { surface: 'slack', tenantId: slack.self.teamId, externalId: where.user } as const;
  const person = here && (await isColleague(slack, where.user)) ? await knownNow(slack.ctx, account) : null;
  const words = accessWords(person?.language);
  if (person === null) return whisper(slack, where, words.notYours);
  let refused: AppError | SlackCallError | null = null;
  try {
    await act(person);
  } catch (error) {
    // Slack lets a window be opened for three seconds only: where that was too short, the portal is left.
    if (!(error instanceof AppError || error instanceof SlackCallError)) throw error;
    refused = error;
  }
  const request = await getRequest(slack.ctx, person.id, 'decider', id).catch(noneIfMissing);
  if (request === null) return whisper(slack, where, words.notYours);
  if (request.state !== 'open') {
    const text = words.closed(request);
    await slack.api.call('chat.update', { channel: where.channel, ts: where.ts, ...messageWith(text, [said(text)]) });
  } else if (refused !== null)
    await whisper(slack, where, `${words.onlyInPortal}: ${slack.ctx.config.PUBLIC_URL}/requests/answer`);
}

const whisper = async (slack: Slack, { user, channel }: Where, text: string): Promise<void> =>
  void (await slack.api.call('chat.postEphemeral', { channel, user, ...sentenceOf(text) }).catch(() => {}));

/** Whether Slack says that this is one of the company's own people; where it does not say, nobody is. */
async function isColleague(slack: Slack, userId: string): Promise<boolean> {
  try {
    const profile = await slack.directory.profile(userId);
    return !profile.deleted && profile.refusal === null;
  } catch (error) {
    if (error instanceof SlackCallError) return false;
    throw error;
  }
}
