import { record } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { newId } from '../ids.ts';
import { createKnowledgeBase } from '../knowledge/knowledge-bases.ts';
import { rememberClasses } from '../models/known-classes.ts';
import type { Actor } from './actor.ts';
import type { CompanyFile } from './company-file.ts';
import { planCompany, type CompanyChange, type CompanyPlan } from './company-plan.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'models'>;

/**
 * Brings a company file into the database: groups, people (without a password: each gets a one-time link), memberships,
 * permissions, knowledge bases without their documents, model classes and grants. What is there already stays or is
 * updated, nothing is taken away, so that a second import changes nothing. `dryRun`: only says what would change.
 */
export async function importCompany(
  ctx: Needs,
  by: Actor,
  company: CompanyFile,
  options: { fromSample?: boolean; dryRun?: boolean } = {},
): Promise<{ changes: readonly CompanyChange[]; unchanged: number }> {
  const plan = await planCompany(ctx, by, company);
  const { changes, unchanged } = plan;
  if (options.dryRun || changes.every((each) => each.change === 'skip')) return { changes, unchanged };
  const fromSample = options.fromSample ?? false;
  await addPeopleAndGroups(ctx, plan, fromSample);
  // Each in a transaction of its own: where the database has one session, a second one inside the first would wait for it.
  for (const base of plan.newKnowledgeBases)
    await createKnowledgeBase(
      ctx,
      {
        name: base.name,
        description: base.description,
        ownerKind: 'group' in base.owner ? 'group' : 'person',
        ownerId: base.ownerId,
        answerPolicy: base.answerPolicy,
        notice: base.notice,
        discoverable: base.discoverable,
        fromSample,
      },
      by,
    );
  await addGrants(ctx, by, plan);
  await record(ctx.pool, {
    actorId: by.personId,
    surface: by.surface,
    action: 'company.imported',
    detail: { changes: changes.map(({ kind, change, name }) => `${change} ${kind} ${name}`) },
  });
  return { changes, unchanged };
}

const addPeopleAndGroups = (ctx: Needs, plan: CompanyPlan, fromSample: boolean): Promise<void> =>
  ctx.db.$transaction(async (tx) => {
    await tx.group.createMany({ data: plan.newGroups.map((group) => ({ ...group, fromSample })) });
    for (const { id, ...data } of plan.changedGroups) await tx.group.update({ where: { id }, data });
    await tx.person.createMany({
      data: plan.newPeople.map(({ id, name, email, role, active }) => ({
        id,
        name,
        email,
        role,
        status: active ? 'active' : 'deactivated',
        fromSample,
      })),
    });
    await tx.identity.createMany({
      data: plan.newPeople.map(({ id, email }) => ({ id: newId(), personId: id, issuer: 'local', subject: id, email })),
    });
    for (const { id, ...data } of plan.changedPeople) await tx.person.update({ where: { id }, data });
    for (const { groupId, personId, manager } of plan.memberships)
      await tx.membership.upsert({
        where: { groupId_personId_source: { groupId, personId, source: 'manual' } },
        create: { groupId, personId, manager, source: 'manual' },
        update: { manager },
      });
    for (const { groupId, permission } of plan.rules)
      await tx.permissionRule.deleteMany({ where: { groupId, permission } });
    await tx.permissionRule.createMany({ data: plan.rules.map((rule) => ({ id: newId(), ...rule })) });
    await rememberClasses(tx, plan.modelClasses);
    for (const { id, classes } of plan.models) await tx.model.update({ where: { id }, data: { classes } });
  });

const addGrants = (ctx: Needs, by: Actor, plan: CompanyPlan): Promise<void> =>
  ctx.db.$transaction(async (tx) => {
    const bases = await tx.knowledgeBase.findMany({ where: { deletedAt: null }, select: { id: true, name: true } });
    const idOf = new Map(bases.map((base) => [base.name.toLowerCase(), base.id]));
    for (const { resource, to, level } of plan.grants) {
      const named = 'knowledgeBase' in resource;
      const resourceId = named ? idOf.get(resource.knowledgeBase.toLowerCase()) : resource.modelId;
      if (resourceId === undefined) continue;
      const key = { resourceKind: named ? 'knowledge_base' : 'model', resourceId, toKind: to.kind, toId: to.id };
      await tx.grant.deleteMany({ where: key });
      await tx.grant.create({ data: { id: newId(), ...key, level, createdBy: by.personId } });
    }
  });
