import type { Actor } from '../../core/access/actor.ts';
import { createGrant, type Recipient } from '../../core/access/grants.ts';
import { createGroup, type GroupEntry } from '../../core/access/groups.ts';
import type { LevelName } from '../../core/access/levels.ts';
import { addMember } from '../../core/access/members.ts';
import { addLocalPerson } from '../../core/access/people.ts';
import { changePermissionRules, type Effect } from '../../core/access/permission-rules.ts';
import type { Context } from '../../core/context.ts';
import { setPassword } from '../../core/identity/identity.sql.ts';
import { hashPassword } from '../../core/identity/passwords.ts';
import type { Role } from '../../core/identity/person.ts';
import { newId, type GroupId, type KnowledgeBaseId, type PersonId } from '../../core/ids.ts';
import { ingest } from '../../core/knowledge/ingest.ts';
import { createKnowledgeBase } from '../../core/knowledge/knowledge-bases.ts';
import { acceptUpload } from '../../core/knowledge/uploads.ts';

/** The operator of the installation, whom no rule binds. */
export const OPERATOR: Actor = { personId: null, surface: 'command_line' };

const unique = (): string => newId().slice(-8);

export type TestPerson = { id: PersonId; name: string; email: string; password: string | null };

/** A person, active and approved unless said otherwise, with a password only where one is given. */
export async function aPerson(
  ctx: Context,
  given: {
    name?: string;
    email?: string;
    role?: Role;
    password?: string;
    mustChange?: boolean;
    status?: 'active' | 'deactivated';
  } = {},
): Promise<TestPerson> {
  const id = newId();
  const name = given.name ?? `Person ${unique()}`;
  const email = given.email ?? `${unique()}@example.com`;
  const { role = 'user', status = 'active', password = null } = given;
  await ctx.db.$transaction((tx) => addLocalPerson(tx, { id, name, email, role, status, fromSample: false }));
  if (password !== null)
    await setPassword(ctx.pool, id, email, await hashPassword(password), given.mustChange ?? false);
  return { id, name, email, password };
}

/** A group with these members, of whom some manage it, and these permissions. */
export async function aGroup(
  ctx: Context,
  given: {
    name?: string;
    members?: readonly TestPerson[];
    managers?: readonly TestPerson[];
    permissions?: Record<string, Effect>;
  } = {},
): Promise<GroupEntry> {
  const group = await createGroup(ctx, OPERATOR, { name: given.name ?? `Group ${unique()}`, description: '' });
  for (const { id } of given.members ?? []) await addMember(ctx, OPERATOR, group.id, { personId: id, manager: false });
  for (const { id } of given.managers ?? []) await addMember(ctx, OPERATOR, group.id, { personId: id, manager: true });
  if (given.permissions) await changePermissionRules(ctx, OPERATOR, group.id, given.permissions);
  return group;
}

/** A knowledge base of a person or a group; without an owner nobody reaches it but by a grant. */
export const aKnowledgeBase = (
  ctx: Context,
  given: { name?: string; ownedBy?: TestPerson; ownedByGroup?: { id: GroupId } } = {},
): Promise<{ id: KnowledgeBaseId; name: string }> =>
  createKnowledgeBase(
    ctx,
    {
      name: given.name ?? `Knowledge ${unique()}`,
      ownerKind: given.ownedByGroup ? 'group' : 'person',
      ownerId: given.ownedByGroup?.id ?? given.ownedBy?.id ?? newId(),
    },
    OPERATOR,
  );

/** A grant on a knowledge base, to use it unless said otherwise. */
export const aGrant = (ctx: Context, on: { id: KnowledgeBaseId }, to: Recipient, level: LevelName = 'use') =>
  createGrant(ctx, OPERATOR, { resource: { kind: 'knowledge_base', id: on.id }, to, level, expiresAt: null });

export const toPerson = ({ id }: { id: PersonId }): Recipient => ({ kind: 'person', id });
export const toGroup = ({ id }: { id: GroupId }): Recipient => ({ kind: 'group', id });
export const EVERYONE: Recipient = { kind: 'everyone' };

export type TestPassage = { documentId: string; versionId: string; passageId: string; text: string };

/** A document of one passage that answers now, gone the whole way of a document. */
export async function aPassage(
  ctx: Context,
  on: { id: KnowledgeBaseId },
  given: { text: string; documentName?: string },
): Promise<TestPassage> {
  const name = given.documentName ?? `Document ${unique()}.md`;
  const accepted = await acceptUpload(ctx, {
    ...OPERATOR,
    knowledgeBaseId: on.id,
    name,
    content: Buffer.from(given.text),
  });
  await ingest(ctx, accepted.versionId, { number: 1, last: true, signal: new AbortController().signal });
  const passage = await livePassage(ctx, on.id, accepted.versionId);
  return { documentId: accepted.id, versionId: accepted.versionId, passageId: passage.id, text: passage.text };
}

/** Where workers run too, one of them may have been first and still be at it. */
async function livePassage(
  ctx: Context,
  knowledgeBaseId: string,
  versionId: string,
): Promise<{ id: string; text: string }> {
  for (;;) {
    const found = await ctx.db.passage.findFirst({
      where: { knowledgeBaseId, versionId },
      select: { id: true, text: true },
    });
    if (found) return found;
    const { stage, error } = await ctx.db.documentVersion.findUniqueOrThrow({ where: { id: versionId } });
    if (stage === 'failed') throw new Error(error ?? 'ingestion failed');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
