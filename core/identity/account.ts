import type { Context } from '../context.ts';
import type { PersonId } from '../ids.ts';

/** In which language the portal and the bot speak to a person; null: as their browser or their message has it. */
export async function chooseLanguage(
  ctx: Pick<Context, 'db'>,
  personId: PersonId,
  language: string | null,
): Promise<void> {
  await ctx.db.person.update({ where: { id: personId }, data: { language } });
}
