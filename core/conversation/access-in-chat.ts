import { askForAccess } from '../access/requests/ask.ts';
import { findableKnowledgeBases } from '../access/requests/lists.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import { accessWords } from './access-words.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'live' | 'config'>;

/** What somebody may say to a bot about knowledge bases that they do not have. */
export const ACCESS_COMMANDS = {
  list: /^(access|zugang)$/i,
  ask: /^(?:access|zugang)\s+(?<name>[^:]{1,200}):(?<reason>.*)$/is,
} as const;
const SHOWN = 15;
/** As in the portal. */
const REASON_AT_LEAST = 10;
const REASON_AT_MOST = 500;

/**
 * What somebody's words about access come to, to be said to them alone; null for words about something else, such as those
 * that name no knowledge base that they may find.
 */
export async function accessInChat(
  ctx: Needs,
  by: { personId: PersonId; surface: 'slack' | 'teams' },
  text: string,
  language: string | null,
): Promise<string | null> {
  const words = accessWords(language);
  const page = `${ctx.config.PUBLIC_URL}/requests`;
  if (ACCESS_COMMANDS.list.test(text)) {
    const found = await findableKnowledgeBases(ctx, by.personId, { find: '', after: null, limit: SHOWN + 1 });
    if (found.length === 0) return words.nothingFindable;
    const lines = found
      .slice(0, SHOWN)
      .map(({ name, summary }) => plain(summary === '' ? name : `${name}: ${summary}`));
    return `${words.findable(lines, found.length > SHOWN)} ${page}`;
  }
  const { name, reason } = ACCESS_COMMANDS.ask.exec(text)?.groups ?? {};
  if (name === undefined || reason === undefined) return null;
  const wanted = { find: '', named: name.trim(), after: null, limit: 1 };
  const [base] = await findableKnowledgeBases(ctx, by.personId, wanted);
  // People ask about access to all kinds of things.
  if (base === undefined) return null;
  if (base.requestId !== null) return words.askedAlready(plain(base.name));
  const why = reason.trim();
  if (why.length < REASON_AT_LEAST || why.length > REASON_AT_MOST) return words.sayWhy(plain(base.name));
  try {
    await askForAccess(ctx, by, { knowledgeBaseId: base.id, reason: why, level: 'use', until: null });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return `${words.cannotAsk}: ${page}`;
  }
  return words.asked(plain(base.name));
}

/** A name as people wrote it, without the signs that a chat would take for a mark of its own. */
const plain = (text: string): string =>
  text
    .replaceAll(/[<>&*_~`[\]|\\#@!]/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
