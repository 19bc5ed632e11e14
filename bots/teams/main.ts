import type { Express } from 'express';
import type { Context } from '../../core/context.ts';
import { giveFeedback } from '../../core/conversation/history.ts';
import { tellNotices } from '../../core/conversation/outbox.ts';
import { AppError } from '../../core/errors.ts';
import { personOfChatAccount } from '../../core/identity/chat-accounts.ts';
import { placeOf } from './answer-here.ts';
import { answerMessage } from './answer-message.ts';
import { answerAt, lastAnswerIn } from './answers.sql.ts';
import { createTeamsApi } from './api.ts';
import { createRosters } from './audience.ts';
import { connect, type Cloud } from './cloud.ts';
import { createDirectory } from './directory.ts';
import { teamsDoor, type Reply } from './door.ts';
import { createInbox } from './inbox.ts';
import { inboxKeys, readFeedback, readMessage, tenantOf, type Activity, type Rated } from './incoming.ts';
import { createPace } from './pace.ts';
import { rememberPersonalChat, tellOfRequest } from './requests.ts';
import type { Teams } from './teams.ts';

export type TeamsBot = Readonly<{
  /** Waits until nothing that came in is being answered. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}>;

/**
 * Starts the Teams bot: POST /api/messages on this app, for what Teams sends; answers go out through the Bot Connector.
 * `cloud`: another Teams than the public one, for tests. @throws AppError 'bad_setting'.
 */
export async function startTeams(ctx: Context, app: Express, cloud?: Cloud): Promise<TeamsBot> {
  const connection = connect(ctx.config, cloud);
  const api = createTeamsApi(connection, createPace(), ctx.log);
  const teams: Teams = {
    ctx,
    api,
    directory: createDirectory(api),
    rosters: createRosters(ctx, api),
    tenants: tenantsOf(ctx.config),
    growing: new Set(),
    refusedAt: new Map(),
  };
  const inbox = createInbox(ctx, async (asked, attempt) => {
    await answerMessage(teams, asked, attempt);
    await rememberPersonalChat(teams, asked);
  });
  const notices = tellNotices(ctx, { surface: 'teams', tenantId: null }, (notice) =>
    tellOfRequest(teams, notice, connection.mayWriteTo),
  );
  const rosterChannel = `teams:${connection.appId || 'emulator'}:roster`;
  const unsubscribe = ctx.live.subscribe(rosterChannel, () => teams.rosters.forgetAll());

  const accept = async (activity: Activity): Promise<Reply> => {
    if (activity.type === 'conversationUpdate') ctx.live.publish(rosterChannel, '');
    if (activity.type === 'invoke') {
      const rated = readFeedback(activity);
      if (rated === null) return { status: 501 };
      await rate(teams, activity, rated);
      return { status: 200, body: {} };
    }
    const asked = readMessage(activity);
    if (asked) await inbox.accept(inboxKeys(activity), asked);
    return { status: 200 };
  };
  app.use(teamsDoor(connection, ctx.log, accept));
  if (!connection.tokens)
    ctx.log.warn({ surface: 'teams' }, 'teams activities are accepted without a token, from this machine');
  return {
    async idle() {
      await inbox.idle();
      await notices.idle();
    },
    async stop() {
      unsubscribe();
      await notices.stop();
      await inbox.stop();
    },
  };
}

function tenantsOf(config: Context['config']): ReadonlySet<string> | null {
  const named = config.TEAMS_ALLOWED_TENANTS ?? (config.TEAMS_TENANT_ID ? [config.TEAMS_TENANT_ID] : []);
  return named.length === 0 && config.TEAMS_MODE === 'emulator' ? null : new Set(named.map((id) => id.toLowerCase()));
}

/** Keeps a thumb, if it is the asker's own answer. Teams shows its thanks itself. */
async function rate({ ctx, tenants }: Teams, activity: Activity, rated: Rated): Promise<void> {
  const tenantId = tenantOf(activity);
  const objectId = activity.from.aadObjectId;
  if (tenantId === null || objectId === undefined || (tenants && !tenants.has(tenantId))) return;
  const person = await personOfChatAccount(ctx, { surface: 'teams', tenantId, externalId: objectId });
  const place = placeOf({ tenantId, conversationId: rated.conversationId });
  if (!person) return;
  const message =
    rated.activityId !== null
      ? await answerAt(ctx.pool, { ...place, activityId: rated.activityId })
      : ctx.config.TEAMS_MODE === 'emulator'
        ? await lastAnswerIn(ctx.pool, place, person.id)
        : null;
  if (message === null) return;
  try {
    await giveFeedback(ctx, person.id, message, rated.rating);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}
