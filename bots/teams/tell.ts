import type { Chat } from './chat.ts';
import { asTeamsCallError } from './failure.ts';
import type { Asked } from './incoming.ts';
import { sentence } from './said.ts';
import type { Teams } from './teams.ts';

/** Lines of ours as Teams shows them: one line break would be swallowed. */
const lines = (text: string): string => text.replace(/\n+/g, '\n\n');

export async function sayHere(teams: Teams, chat: Chat, text: string): Promise<void> {
  await teams.api.send(chat, sentence(lines(text)));
}

/**
 * Says something to the asker alone, in their personal chat with the bot. Gives that chat; null where they can't be written to,
 * because they have not added the bot or blocked it.
 */
export async function sayAlone(teams: Teams, asked: Asked, text: string): Promise<Chat | null> {
  try {
    const chat = await teams.api.openPersonal(asked.chat, asked.user.id);
    await teams.api.send(chat, sentence(lines(text)));
    return chat;
  } catch (error) {
    const { status, code } = asTeamsCallError(error);
    if (status !== 403 && status !== 404 && status !== 400) throw error;
    teams.ctx.log.info({ surface: 'teams', status, code }, 'asker not reachable');
    return null;
  }
}

/** The channel's or chat's name, as a name and nothing else; null where it has none. */
export const placeName = ({ placeName: name }: Asked): string | null =>
  name?.replace(/[[\]()<>*_`~#\\|]/g, ' ').trim() || null;
