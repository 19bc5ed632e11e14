import { describe, expect } from 'vitest';
import { eventsAbout } from '../../core/audit/about-person.ts';
import { createApiKey, personOfApiKey, revokeApiKey } from '../../core/identity/api-keys.ts';
import { aPerson } from '../factories/company.ts';
import { test } from '../factories/context.ts';

describe('an API key', () => {
  test('of another cannot be revoked, and nothing is recorded of it', async ({ ctx }) => {
    const [owner, other] = [await aPerson(ctx), await aPerson(ctx)];
    const wanted = { name: 'x', scopes: ['ask'], days: 1, madeBy: 'portal' } as const;
    const { id, key } = await createApiKey(ctx, { ...wanted, personId: owner.id });
    await expect(revokeApiKey(ctx, other.id, id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await personOfApiKey(ctx, key)).toMatchObject({ person: { id: owner.id } });
    expect(await eventsAbout(ctx, other.id, 10)).toEqual([]);
  });

  test('stands on its person’s record wherever it was made: on the command line by somebody else, and why', async ({
    ctx,
  }) => {
    const person = await aPerson(ctx);
    const wanted = { personId: person.id, name: 'x', scopes: ['ask'], days: 1 } as const;
    const { id } = await createApiKey(ctx, { ...wanted, madeBy: 'portal' });
    await createApiKey(ctx, { ...wanted, madeBy: 'command_line', reason: 'to move a script' });
    await revokeApiKey(ctx, person.id, id);
    const events = (await eventsAbout(ctx, person.id, 10)).toReversed();
    expect(events.map(({ action, surface, byOther, reason }) => [action, surface, byOther, reason])).toEqual([
      ['api_key.created', 'portal', false, null],
      ['api_key.created', 'command_line', true, 'to move a script'],
      ['api_key.revoked', 'portal', false, null],
    ]);
  });
});
