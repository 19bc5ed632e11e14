import { nameOfViewed } from '../../core/access/view-as.ts';
import type { Context } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import type { ViewingAs } from '../../core/identity/sessions.ts';
import type { Viewing } from '../contract/shapes.ts';

/** Whom a session views as, as the portal shows it. Somebody who went away meanwhile has no name any more. */
export async function shownViewing(ctx: Pick<Context, 'db'>, { kind, id, until }: ViewingAs): Promise<Viewing> {
  const name = await nameOfViewed(ctx, { kind, id }).catch((error: unknown) => {
    if (error instanceof AppError) return '–';
    throw error;
  });
  return { kind, id, name, until: until.toISOString() };
}
