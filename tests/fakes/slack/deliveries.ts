import { createHmac, randomUUID } from 'node:crypto';
import { BOT, openDirect, SIGNING_SECRET, type Args, type Workspace } from './workspace.ts';

/** An event in the envelope that Slack sends it in. */
export function wrap({ team, channels }: Workspace, event: Args, envelope: Args = {}): Args {
  return {
    type: 'event_callback',
    token: 'x',
    team_id: team,
    api_app_id: 'A0',
    event_id: `Ev${randomUUID()}`,
    event_time: Math.floor(Date.now() / 1_000),
    authorizations: [{ enterprise_id: null, team_id: team, user_id: BOT, is_bot: true, is_enterprise_install: false }],
    is_ext_shared_channel: channels.get(event.channel as string)?.is_ext_shared === true,
    event,
    ...envelope,
  };
}

/** Delivers a body signed as Slack signs it. Gives what the bot answers. */
export async function deliver(
  { eventsUrl }: Workspace,
  body: Args,
  how: { timestamp?: number; secret?: string; retry?: number; form?: boolean } = {},
) {
  const text = how.form ? new URLSearchParams(body as Record<string, string>).toString() : JSON.stringify(body);
  const timestamp = String(how.timestamp ?? Math.floor(Date.now() / 1_000));
  const signature = `v0=${createHmac('sha256', how.secret ?? SIGNING_SECRET)
    .update(`v0:${timestamp}:${text}`)
    .digest('hex')}`;
  const response = await fetch(eventsUrl, {
    method: 'POST',
    body: text,
    headers: {
      'content-type': how.form ? 'application/x-www-form-urlencoded' : 'application/json',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
      ...(how.retry === undefined
        ? {}
        : { 'x-slack-retry-num': String(how.retry), 'x-slack-retry-reason': 'http_timeout' }),
    },
  });
  return { status: response.status, text: await response.text() };
}

/** Somebody writes; Slack tells the bot as it would: `message`, and `app_mention` beside it where it is mentioned. */
export async function say(
  workspace: Workspace,
  { user, text, thread_ts, ...given }: { user: string; channel?: string; text: string; thread_ts?: string },
) {
  const channelId = given.channel ?? openDirect(workspace, user);
  const channel = workspace.channels.get(channelId)!;
  const ts = workspace.newTs();
  const spoken = { channel: channelId, user, text, ts, ...(thread_ts ? { thread_ts } : {}) };
  workspace.messages.push({ ...spoken, blocks: [] });
  const event = { ...spoken, event_ts: ts };
  const type = channel.is_im ? 'im' : channel.is_mpim ? 'mpim' : channel.is_private ? 'group' : 'channel';
  const bodies = [wrap(workspace, { type: 'message', channel_type: type, ...event })];
  if (!channel.is_im && text.includes(`<@${BOT}>`)) bodies.push(wrap(workspace, { type: 'app_mention', ...event }));
  const deliveries = await Promise.all(bodies.map((body) => deliver(workspace, body)));
  return { ts, thread: thread_ts ?? ts, channel: channelId, bodies, deliveries };
}

/** Somebody types `/ask`. `responseUrl`: where the bot is told to answer, Slack's own unless said otherwise. */
export function command(
  workspace: Workspace,
  given: { user: string; channel: string; text: string; responseUrl?: string },
) {
  const body = {
    command: '/ask',
    text: given.text,
    team_id: workspace.team,
    team_domain: 'acme',
    channel_id: given.channel,
    channel_name: 'x',
    user_id: given.user,
    user_name: 'x',
    trigger_id: randomUUID(),
    response_url: given.responseUrl ?? `${workspace.origin}/response/${given.channel}/${given.user}`,
  };
  return deliver(workspace, body, { form: true });
}

/** Somebody presses a button under a message. */
export function press(workspace: Workspace, given: { user: string; channel: string; ts: string; action: Args }) {
  const payload = {
    type: 'block_actions',
    team: { id: workspace.team },
    user: { id: given.user, team_id: workspace.team },
    channel: { id: given.channel },
    container: { message_ts: given.ts },
    trigger_id: randomUUID(),
    actions: [given.action],
  };
  return deliver(workspace, { payload: JSON.stringify(payload) }, { form: true });
}

/** Somebody sends off a window that the bot has opened, with these values by block and field. */
export function submit(workspace: Workspace, given: { user: string; view: Args; values: Args }) {
  const payload = {
    type: 'view_submission',
    team: { id: workspace.team },
    user: { id: given.user, team_id: workspace.team },
    view: { ...given.view, state: { values: given.values } },
  };
  return deliver(workspace, { payload: JSON.stringify(payload) }, { form: true });
}
