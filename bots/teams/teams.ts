import type { Context } from '../../core/context.ts';
import type { TeamsApi } from './api.ts';
import type { Rosters } from './audience.ts';
import type { Directory } from './directory.ts';

/** What the functions of the Teams bot work with. */
export type Teams = Readonly<{
  ctx: Context;
  api: TeamsApi;
  directory: Directory;
  rosters: Rosters;
  /** Tenants whose people are answered; null: any, with the local playground only. */
  tenants: ReadonlySet<string> | null;
  /** Personal chats in which a message is growing: Teams allows one. */
  growing: Set<string>;
  /** Who was told that they are refused, and when. */
  refusedAt: Map<string, number>;
}>;
