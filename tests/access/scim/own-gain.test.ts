import { describe, expect } from 'vitest';
import type { Context } from '../../../core/context.ts';
import { updatePerson } from '../../../core/access/people.ts';
import { scopeOf } from '../../../core/access/scopes.ts';
import { addMapping } from '../../../core/identity/providers/mapping.ts';
import { createScimToken, revokeScimToken } from '../../../core/identity/scim/tokens.ts';
import { signOn } from '../../../core/identity/sign-on.ts';
import type { TestApi } from '../../factories/api.ts';
import { aGrant, aGroup, aKnowledgeBase, aPerson, OPERATOR, toGroup } from '../../factories/company.ts';
import { aProvider, facts } from '../../factories/providers.ts';
import { aScimClient, aScimGroup, aScimUser, patch, scimCaller } from '../../factories/scim.ts';
import { test } from '../../flow/api/api.ts';

/** A group of the provider that gives reading here, an administrator whom provisioning keeps too, and a token that they made. */
async function aMaker(ctx: Context, api: TestApi) {
  await aPerson(ctx, { role: 'admin' });
  const provider = await aProvider(ctx, { settings: { groupsFrom: 'scim', newPeople: 'user' } });
  const others = await aScimClient(ctx, api, provider);
  const user = async (given: Record<string, unknown> = {}) => {
    const sent = aScimUser(given);
    const { id } = (await others.call('POST', '/Users', sent)).body as { id: string };
    const { personId } = await ctx.db.identity.findUniqueOrThrow({ where: { id } });
    return { id, personId, subject: String(sent['externalId']) };
  };
  const maker = await user();
  await ctx.db.person.update({ where: { id: maker.personId }, data: { role: 'admin', email: 'maker@example.com' } });
  const by = { personId: maker.personId, surface: 'portal' } as const;
  const [group, knowledge] = [await aGroup(ctx), await aKnowledgeBase(ctx)];
  await aGrant(ctx, knowledge, toGroup(group));
  await addMapping(ctx, OPERATOR, provider.id, {
    toldAs: 'group',
    externalId: 'readers',
    label: '',
    to: { groupId: group.id },
  });
  const readers = (await others.call('POST', '/Groups', aScimGroup({ externalId: 'readers' }))).body as { id: string };
  const makesToken = async () => {
    const { id, token } = await createScimToken(ctx, by, provider.id, { name: 'mine', days: 1 });
    return { tokenId: id, call: scimCaller(api, `Bearer ${token}`) };
  };
  const add = (call: typeof others.call, ...ids: string[]) =>
    call(
      'PATCH',
      `/Groups/${readers.id}`,
      patch({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) }),
    );
  const reads = async (personId: string) => (await scopeOf(ctx, personId)).knowledgeBaseIds.includes(knowledge.id);
  const recorded = (personId: string, action: string) =>
    ctx.db.auditEntry.findMany({ where: { subjectId: personId, action }, orderBy: { id: 'asc' } });
  return { provider, others, user, maker, group, readers, makesToken, add, reads, recorded };
}

describe('who made a token of provisioning', () => {
  test('writes themself into no group by it, whatever they tell and whatever happens to the token after', async ({
    ctx,
    api,
  }) => {
    const { provider, user, maker, group, readers, makesToken, add, reads, recorded } = await aMaker(ctx, api);
    const colleague = await user();
    const mine = await makesToken();
    expect((await add(mine.call, maker.id, colleague.id)).status).toBe(204);
    expect([await reads(maker.personId), await reads(colleague.personId)]).toEqual([false, true]);
    expect(await recorded(maker.personId, 'person.provisioning_withheld')).toMatchObject([
      { actorId: null, detail: { providerId: provider.id, groups: [group.id], because: 'made_a_token' } },
    ]);
    const another = (await mine.call('POST', '/Groups', aScimGroup({ members: [{ value: maker.id }] }))).body as {
      id: string;
    };
    await mine.call('DELETE', `/Groups/${readers.id}`);
    await mine.call('PATCH', `/Groups/${another.id}`, patch({ op: 'replace', value: { externalId: 'readers' } }));
    expect(await reads(maker.personId)).toBe(false);
    await revokeScimToken(ctx, OPERATOR, provider.id, mine.tokenId);
    await signOn(ctx, provider, facts({ subject: maker.subject, groups: 'not_asked' }));
    expect(await reads(maker.personId)).toBe(false);
  });

  test('gives nothing by it to another account that bears their address', async ({ ctx, api }) => {
    const { user, makesToken, add, reads } = await aMaker(ctx, api);
    const invented = await user({ emails: [{ value: 'Maker@Example.com', type: 'work', primary: true }] });
    const mine = await makesToken();
    await add(mine.call, invented.id);
    expect(await reads(invented.personId)).toBe(false);
  });

  test('does not become an administrator again by it', async ({ ctx, api }) => {
    const { provider, maker, makesToken, add, recorded } = await aMaker(ctx, api);
    await addMapping(ctx, OPERATOR, provider.id, {
      toldAs: 'group',
      externalId: 'readers',
      label: '',
      to: { role: 'admin' },
    });
    const mine = await makesToken();
    await updatePerson(ctx, OPERATOR, maker.personId, { role: 'user' });
    await add(mine.call, maker.id);
    expect((await ctx.db.person.findUniqueOrThrow({ where: { id: maker.personId } })).role).toBe('user');
    expect(await recorded(maker.personId, 'person.provisioning_withheld')).toMatchObject([
      { detail: { role: 'admin' } },
    ]);
  });

  test('does not open their own access again that provisioning has ended; another administrator does', async ({
    ctx,
    api,
  }) => {
    const { others, maker, makesToken, recorded } = await aMaker(ctx, api);
    const mine = await makesToken();
    await others.call('PATCH', `/Users/${maker.id}`, patch({ op: 'replace', value: { active: false } }));
    await mine.call('PATCH', `/Users/${maker.id}`, patch({ op: 'replace', value: { active: true } }));
    const status = async () => (await ctx.db.person.findUniqueOrThrow({ where: { id: maker.personId } })).status;
    expect(await status()).toBe('deactivated');
    expect(await recorded(maker.personId, 'person.reactivation_withheld')).toHaveLength(1);
    await updatePerson(ctx, OPERATOR, maker.personId, { status: 'active' });
    await others.call('PATCH', `/Users/${maker.id}`, patch({ op: 'replace', value: { active: true } }));
    expect(await status()).toBe('active');
  });

  test('keeps what they had before, until provisioning takes it away, which it does not give back', async ({
    ctx,
    api,
  }) => {
    const { others, maker, readers, makesToken, add, reads } = await aMaker(ctx, api);
    await add(others.call, maker.id);
    expect(await reads(maker.personId)).toBe(true);
    const mine = await makesToken();
    await mine.call('PATCH', `/Users/${maker.id}`, patch({ op: 'replace', value: { displayName: 'Another name' } }));
    expect(await reads(maker.personId)).toBe(true);
    await others.call(
      'PATCH',
      `/Groups/${readers.id}`,
      patch({ op: 'remove', path: `members[value eq "${maker.id}"]` }),
    );
    expect(await reads(maker.personId)).toBe(false);
    await add(others.call, maker.id);
    expect(await reads(maker.personId)).toBe(false);
  });
});
