import { describe, expect } from 'vitest';
import { parseCompanyFile } from '../../core/access/company/file.ts';
import { importCompany } from '../../core/access/company/import.ts';
import { removeSample } from '../../core/access/sample-removal.ts';
import { scopeOf } from '../../core/access/scopes.ts';
import { createKnowledgeBase, deleteKnowledgeBase } from '../../core/knowledge/knowledge-bases.ts';
import { aGrant, aKnowledgeBase, aPerson, OPERATOR, toGroup } from '../factories/company.ts';
import { test, type TestContext } from '../factories/context.ts';

const COMPANY = `
company: { name: Invented, domain: invented.test }
groups: [{ name: Invented group }]
people: [{ email: ida@invented.test, name: Ida, role: admin, groups: [Invented group] }]
knowledgeBases: [{ name: Invented knowledge, owner: { group: Invented group } }]
grants: [{ resource: { knowledgeBase: Invented knowledge }, to: everyone, level: use }]`;

/** A sample beside somebody real who administers. */
async function aSample(ctx: TestContext) {
  await importCompany(ctx, OPERATOR, parseCompanyFile(COMPANY), { fromSample: true });
  const admin = await aPerson(ctx, { role: 'admin' });
  const ida = await ctx.db.person.findFirstOrThrow({ where: { email: 'ida@invented.test' } });
  const group = await ctx.db.group.findFirstOrThrow({ where: { name: 'Invented group' } });
  return { ida, group, admin, by: (person: { id: string }) => ({ personId: person.id, surface: 'portal' }) as const };
}

const sampleLeft = async ({ db }: TestContext) => ({
  people: await db.person.count({ where: { fromSample: true } }),
  groups: await db.group.count({ where: { fromSample: true } }),
  knowledgeBases: await db.knowledgeBase.count({ where: { fromSample: true, deletedAt: null } }),
});

describe('the sample company', () => {
  test('is not removed by one of its own, nor while something real belongs to it; then it is left whole', async ({
    ctx,
  }) => {
    const { ida, group, admin, by } = await aSample(ctx);
    await expect(removeSample(ctx, by(ida))).rejects.toMatchObject({ code: 'conflict' });
    const real = await createKnowledgeBase(
      ctx,
      { name: 'Real, but of an invented group', ownerKind: 'group', ownerId: group.id },
      OPERATOR,
    );
    await expect(removeSample(ctx, by(admin))).rejects.toMatchObject({ code: 'conflict' });
    expect(await sampleLeft(ctx)).toEqual({ people: 1, groups: 1, knowledgeBases: 1 });
    await deleteKnowledgeBase(ctx, real.id, OPERATOR);
  });

  test('goes with its people, groups, knowledge and what was given to them; what is real stays', async ({ ctx }) => {
    const { group, admin, by } = await aSample(ctx);
    const real = await aKnowledgeBase(ctx, { ownedBy: admin });
    await aGrant(ctx, real, toGroup(group));
    await removeSample(ctx, by(admin));
    expect(await sampleLeft(ctx)).toEqual({ people: 0, groups: 0, knowledgeBases: 0 });
    expect(await ctx.db.grant.count({ where: { toId: group.id } })).toBe(0);
    expect((await scopeOf(ctx, admin.id)).knowledgeBaseIds).toEqual([real.id]);
    await expect(removeSample(ctx, by(admin))).resolves.toBeUndefined();
  });
});
