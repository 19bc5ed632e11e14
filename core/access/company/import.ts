import type { Prisma } from '../../../prisma/generated/client.ts';
import { record, recordAll, type AuditEntry } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { addMapping } from '../../identity/providers/mapping.ts';
import { newId } from '../../ids.ts';
import { updateKnowledgeBase } from '../../knowledge/catalogue.ts';
import { createKnowledgeBase } from '../../knowledge/knowledge-bases.ts';
import { rememberClasses } from '../../models/known-classes.ts';
import type { Actor } from '../actor.ts';
import { putGrant, type Recipient } from '../grants.ts';
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
    await putMemberships(tx, plan.memberships);
    await recordAll(tx, recordsOf(by, plan));
    for (const { groupId, permission } of plan.rules)
      await tx.permissionRule.deleteMany({ where: { groupId, permission } });
    await tx.permissionRule.createMany({ data: plan.rules.map((rule) => ({ id: newId(), ...rule })) });
    await rememberClasses(tx, plan.modelClasses);
    for (const { id, classes } of plan.models) await tx.model.update({ where: { id }, data: { classes } });
  }, WHOLE_COMPANY);

const addGrants = (ctx: Needs, by: Actor, plan: CompanyPlan): Promise<void> =>
  ctx.db.$transaction(async (tx) => {
    const bases = await tx.knowledgeBase.findMany({ where: { deletedAt: null }, select: { id: true, name: true } });
    const idOf = new Map(bases.map((base) => [base.name.toLowerCase(), base.id]));
    for (const { resource, to, level, until } of plan.grants) {
      const named = 'knowledgeBase' in resource;
      const resourceId = named ? idOf.get(resource.knowledgeBase.toLowerCase()) : resource.modelId;
      if (resourceId === undefined) continue;
      const recipient: Recipient =
        to.kind === 'everyone' || to.id === null ? { kind: 'everyone' } : { kind: to.kind, id: to.id };
      const on = { kind: named ? 'knowledge_base' : 'model', id: resourceId } as const;
      await putGrant(tx, by, ctx.clock.now(), { resource: on, to: recipient, level, expiresAt: until });
    }
  }, WHOLE_COMPANY);

/** Of a whole company, not of one call. */
const WHOLE_COMPANY = { maxWait: 30_000, timeout: 600_000 } as const;
const MEMBERSHIPS_AT_ONCE = 5_000;

async function putMemberships(tx: Prisma.TransactionClient, wanted: CompanyPlan['memberships']): Promise<void> {
  for (let from = 0; from < wanted.length; from += MEMBERSHIPS_AT_ONCE) {
    const data = wanted.slice(from, from + MEMBERSHIPS_AT_ONCE).map((each) => ({ ...each, source: 'manual' }));
    await tx.membership.createMany({ data, skipDuplicates: true });
  }
  for (const { groupId, personId, manager } of wanted)
    if (manager)
      await tx.membership.updateMany({ where: { groupId, personId, source: 'manual' }, data: { manager: true } });
}

/** What an import did to each, as its own call records it. */
function recordsOf({ personId: actorId, surface }: Actor, plan: CompanyPlan): AuditEntry[] {
  const entry = (
    action: string,
    subjectKind: 'person' | 'group',
    subjectId: string,
    detail: Record<string, unknown>,
  ): AuditEntry => ({ actorId, surface, action, subjectKind, subjectId, detail: { ...detail, import: true } });
  return [
    ...plan.newGroups.map(({ id, name }) => entry('group.created', 'group', id, { name })),
    ...plan.changedGroups.map(({ id, modelClasses }) =>
      entry('group.changed', 'group', id, { after: { modelClasses } }),
    ),
    ...plan.newPeople.map(({ id, role }) => entry('person.created', 'person', id, { role })),
    ...plan.changedPeople.map(({ id, role }) => entry('person.changed', 'person', id, { after: { role } })),
    ...plan.newAccounts.map(({ id, ownerKind, ownerId }) =>
      entry('service_account.created', 'person', id, { owner: { kind: ownerKind, id: ownerId } }),
    ),
    ...plan.memberships.map(({ groupId, personId, manager }) =>
      entry('group.member_added', 'group', groupId, { personId, manager }),
    ),
  ];
}
