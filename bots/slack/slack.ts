import type { Context } from '../../core/context.ts';
import type { SlackApi } from './api.ts';
import type { Rosters } from './audience.ts';
import type { Missing } from './canvas.ts';
import type { Directory } from './directory.ts';
import type { Self } from './incoming.ts';
import type { Running } from './running.ts';

/** What the functions of the Slack bot work with: the product, and one workspace. */
export type Slack = Readonly<{
  ctx: Context;
  api: SlackApi;
  self: Self;
  directory: Directory;
  rosters: Rosters;
  running: Running;
  missing: Missing;
  /** Who was told that they are refused, and when. */
  refusedAt: Map<string, number>;
}>;

export const threadKeyOf = (slack: Pick<Slack, 'self'>, channelId: string, threadTs: string): string =>
  `${slack.self.teamId}:${channelId}:${threadTs}`;
