import { record } from '../../core/audit/record.ts';
import type { Context } from '../../core/context.ts';
import type { ChatAccount } from '../../core/identity/chat-accounts.ts';
import { putAccount } from '../../core/identity/chat-accounts.sql.ts';
import { newId, type PersonId } from '../../core/ids.ts';
import { withTransaction } from '../../core/storage/pool.ts';

/** Links a demo's account as if its person had sent the digits, and records it as what it is. `command`: who did it. */
export async function linkForDemo(
  ctx: Pick<Context, 'pool'>,
  personId: PersonId,
  account: ChatAccount,
  command: string,
): Promise<void> {
  await withTransaction(ctx.pool, async (tx) => {
    await putAccount(tx, { ...account, id: newId(), personId });
    await record(tx, {
      actorId: null,
      surface: 'command_line',
      action: 'chat_account.linked',
      subjectKind: 'person',
      subjectId: personId,
      detail: { tenantId: account.tenantId, externalId: account.externalId, because: command },
    });
  });
}
