import { describe, expect } from 'vitest';
import { actAs } from '../../core/identity/act-as.ts';
import { newId } from '../../core/ids.ts';
import { aPerson } from '../factories/company.ts';
import { test, type TestContext } from '../factories/context.ts';

const recordedAbout = (ctx: TestContext, personId: string) =>
  ctx.db.auditEntry.findMany({ where: { subjectKind: 'person', subjectId: personId, action: 'person.acted_as' } });

describe('on the command line nobody acts', () => {
  test('as a person without a reason, and nothing is recorded as if they had', async ({ ctx }) => {
    const person = await aPerson(ctx);
    for (const reason of [undefined, '  '])
      await expect(actAs(ctx, { email: person.email, reason, what: 'ask' })).rejects.toMatchObject({
        code: 'bad_input',
      });
    expect(await recordedAbout(ctx, person.id)).toEqual([]);
  });

  test('as somebody who is not there or was deactivated', async ({ ctx }) => {
    const gone = await aPerson(ctx, { status: 'deactivated' });
    const acting = (email: string) => actAs(ctx, { email, reason: 'to see', what: 'key' });
    await expect(acting('nobody@example.com')).rejects.toMatchObject({ code: 'not_found' });
    await expect(acting(gone.email)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('as one of several people with the same address: it names them all instead', async ({ ctx }) => {
    const person = await aPerson(ctx);
    const other = newId();
    await ctx.db.person.create({
      data: { id: other, name: 'Their namesake', email: person.email, role: 'user', status: 'active' },
    });
    const refused = actAs(ctx, { email: person.email, reason: 'to see', what: 'ask' });
    await expect(refused).rejects.toMatchObject({ code: 'conflict' });
    await expect(refused).rejects.toThrow(new RegExp(`${person.id}.*${other}`));
  });
});

test('who acts as a person is recorded with the reason, where that person sees it', async ({ ctx }) => {
  const person = await aPerson(ctx);
  const found = await actAs(ctx, { email: person.email.toUpperCase(), reason: 'A ticket of theirs', what: 'ask' });
  expect(found.id).toBe(person.id);
  expect(await recordedAbout(ctx, person.id)).toMatchObject([
    { actorId: null, surface: 'command_line', detail: { what: 'ask', reason: 'A ticket of theirs' } },
  ]);
});

test('people of the sample are there to be tried: no reason is asked for', async ({ ctx }) => {
  const person = await aPerson(ctx);
  await ctx.db.person.update({ where: { id: person.id }, data: { fromSample: true } });
  expect((await actAs(ctx, { email: person.email, reason: undefined, what: 'key' })).id).toBe(person.id);
});
