import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { addMapping } from '../../identity/providers/mapping.ts';
import { newId } from '../../ids.ts';
import { updateKnowledgeBase } from '../../knowledge/catalogue.ts';
import { createKnowledgeBase } from '../../knowledge/knowledge-bases.ts';
import { rememberClasses } from '../../models/known-classes.ts';
import type { Actor } from '../actor.ts';
import { transferOwnership } from '../ownership.ts';
import type { CompanyFile } from './file.ts';
import { rememberCompany } from './name.ts';
import { planCompany, type CompanyChange, type CompanyPlan } from './plan.ts';

type Needs = Pick<Context, 'db' | 'pool' | 'clock' | 'config' | 'models' | 'log'>;

/**
 * Brings a company file into the database: groups, people (without a password: each gets a one-time link), service accounts
 * (without keys), memberships, permissions, knowledge bases without their documents, model classes, grants and mappings.
 * What is there already stays or is updated, nothing is taken away, so that a second import changes nothing. `dryRun`: only
 * says what would change.
 */
export async function importCompany(
  ctx: Needs,
  by: Actor,
  company: CompanyFile,
  options: { fromSample?: boolean; dryRun?: boolean } = {},
): Promise<{ changes: readonly CompanyChange[]; unchanged: number }> {
  const plan = await planCompany(ctx, by, company);
  const { unchanged } = plan;
  if (options.dryRun || plan.changes.every((each) => each.change === 'skip'))
    return { changes: plan.changes, unchanged };
  const fromSample = options.fromSample ?? false;
  await addPeopleAndGroups(ctx, by, plan, fromSample);
  // Each in a transaction of its own: where the database has one session, a second one inside the first would wait for it.
  for (const { owner: _, documents: __, ...base } of plan.newKnowledgeBases)
    await createKnowledgeBase(ctx, { ...base, fromSample }, by);
  for (const { id, settings, owner } of plan.changedKnowledgeBases) {
    if (settings) await updateKnowledgeBase(ctx, by, id, settings);
    if (owner) await transferOwnership(ctx, by, id, owner);
  }
  await addGrants(ctx, by, plan);
  const changes = await addMappings(ctx, by, plan);
  await record(ctx.pool, {
    actorId: by.personId,
    surface: by.surface,
    action: 'company.imported',
    detail: { changes: changes.map(({ kind, change, name }) => `${change} ${kind} ${name}`) },
  });
  return { changes, unchanged };
}

/** Adds the mappings, and gives what was changed after all: one that would give the importer something is left out. */
async function addMappings(ctx: Needs, by: Actor, plan: CompanyPlan): Promise<readonly CompanyChange[]> {
  const refused = new Set<string>();
  for (const { providerId, mapping, groupId, title } of plan.mappings) {
    const { toldAs, externalId, label, to } = mapping;
    const wanted = 'role' in to ? { role: to.role } : { groupId: groupId ?? '' };
    try {
      await addMapping(ctx, by, providerId, { toldAs, externalId, label, to: wanted });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'forbidden') throw error;
      refused.add(title);
    }
  }
  return plan.changes.map((each) =>
    each.kind === 'mapping' && refused.has(each.name)
      ? { ...each, change: 'skip', detail: 'nobody gives themself the rights of a group' }
      : each,
  );
}

const addPeopleAndGroups = (ctx: Needs, by: Actor, plan: CompanyPlan, fromSample: boolean): Promise<void> =>
  ctx.db.$transaction(async (tx) => {
    if (plan.company) await rememberCompany(tx, plan.company);
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
        inHandsOf: by.personId === null ? [] : [by.personId],
      })),
    });
    await tx.identity.createMany({
      data: plan.newPeople.map(({ id, email }) => ({ id: newId(), personId: id, issuer: 'local', subject: id, email })),
    });
    for (const { id, ...data } of plan.changedPeople) await tx.person.update({ where: { id }, data });
    await tx.person.createMany({
      data: plan.newAccounts.map(({ id, name, active }) => ({
        id,
        name,
        role: 'user',
        kind: 'service',
        status: active ? 'active' : 'deactivated',
        fromSample,
      })),
    });
    await tx.serviceAccount.createMany({
      data: plan.newAccounts.map(({ id, description, ownerKind, ownerId }) => ({
        personId: id,
        description,
        ownerKind,
        ownerId,
        createdBy: by.personId,
      })),
    });
    for (const { id, description } of plan.changedAccounts)
      await tx.serviceAccount.update({ where: { personId: id }, data: { description } });
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
    for (const { resource, to, level, until } of plan.grants) {
      const named = 'knowledgeBase' in resource;
      const resourceId = named ? idOf.get(resource.knowledgeBase.toLowerCase()) : resource.modelId;
      if (resourceId === undefined) continue;
      const key = { resourceKind: named ? 'knowledge_base' : 'model', resourceId, toKind: to.kind, toId: to.id };
      await tx.grant.deleteMany({ where: key });
      await tx.grant.create({ data: { id: newId(), ...key, level, expiresAt: until, createdBy: by.personId } });
    }
  });
