import { z } from 'zod';
import { call } from './call.ts';
import { level, owner } from './knowledge.ts';
import { oneTimeLink, role } from './session.ts';
import { email, id, instant, listOf, named, page } from './shapes.ts';

const byId = z.object({ id });
const personName = z.string().trim().min(1).max(200);
const groupName = z.string().trim().min(1).max(200);

export const person = z
  .object({
    id,
    name: z.string(),
    email: z.string().nullable(),
    role,
    status: z.enum(['active', 'deactivated']),
    groups: z.array(named),
    /** Whether they can sign in with a password of their own; else they still need their one-time link. */
    hasPassword: z.boolean(),
    lastActiveAt: instant.nullable(),
    fromSample: z.boolean(),
    createdAt: instant,
  })
  .meta({ id: 'Person' });
export type Person = z.infer<typeof person>;

export const listPeople = call({
  method: 'GET',
  path: '/people',
  summary: 'People by name; `q` finds in names and addresses',
  topic: 'People',
  access: 'people',
  query: page.extend({ q: z.string().trim().max(200).optional() }),
  status: 200,
  answers: listOf(person),
});

export const createPerson = call({
  method: 'POST',
  path: '/people',
  summary: 'Add a person; gives the one-time link of their first sign-in',
  topic: 'People',
  access: 'people',
  body: z.object({ email, name: personName, role: role.default('user') }),
  status: 201,
  answers: person.extend({ link: oneTimeLink }),
});

export const getPerson = call({
  method: 'GET',
  path: '/people/{id}',
  summary: 'One person',
  topic: 'People',
  access: 'people',
  params: byId,
  status: 200,
  answers: person,
});

export const updatePerson = call({
  method: 'PATCH',
  path: '/people/{id}',
  summary: 'Change role or name, or let a deactivated person in again',
  topic: 'People',
  access: 'people',
  params: byId,
  body: z.object({ name: personName, role, status: z.literal('active') }).partial(),
  status: 200,
  answers: person,
});

export const deactivatePerson = call({
  method: 'DELETE',
  path: '/people/{id}',
  summary: 'Deactivate a person: sessions, keys and chat access end',
  topic: 'People',
  access: 'people',
  params: byId,
  status: 204,
  answers: null,
});

export const createPersonLink = call({
  method: 'POST',
  path: '/people/{id}/link',
  summary: 'A one-time link by which the person chooses a new password',
  topic: 'People',
  access: 'people',
  params: byId,
  status: 201,
  answers: oneTimeLink,
});

/** For those who manage something: whom it can be given to. */
export const listDirectory = call({
  method: 'GET',
  path: '/directory',
  summary: 'People and groups by name, to be added or granted to',
  topic: 'People',
  access: 'people',
  query: z.object({ q: z.string().trim().max(200).default(''), kind: z.enum(['person', 'group']).optional() }),
  status: 200,
  answers: listOf(z.object({ kind: z.enum(['person', 'group']), id, name: z.string(), detail: z.string().nullable() })),
});

export const group = z
  .object({
    id,
    name: z.string(),
    description: z.string(),
    /** Classes that every model of a member must have; empty: no limit. */
    modelClasses: z.array(z.string()),
    memberCount: z.int(),
    /** Whether the caller may change its members. */
    mayManage: z.boolean(),
    fromSample: z.boolean(),
    createdAt: instant,
  })
  .meta({ id: 'Group' });
export type Group = z.infer<typeof group>;

export const listGroups = call({
  method: 'GET',
  path: '/groups',
  summary: 'All groups for an administrator; those they are in for everybody else',
  topic: 'Groups',
  access: 'people',
  query: page.extend({ q: z.string().trim().max(200).optional() }),
  status: 200,
  answers: listOf(group),
});

export const createGroup = call({
  method: 'POST',
  path: '/groups',
  summary: 'Make a group',
  topic: 'Groups',
  access: 'people',
  body: z.object({ name: groupName, description: z.string().trim().max(2000).default('') }),
  status: 201,
  answers: group,
});

export const getGroup = call({
  method: 'GET',
  path: '/groups/{id}',
  summary: 'One group',
  topic: 'Groups',
  access: 'people',
  params: byId,
  status: 200,
  answers: group,
});

const modelClass = z.string().regex(/^[a-z][a-z0-9_-]{0,49}$/, 'must be a class such as small, large or reasoning');

export const updateGroup = call({
  method: 'PATCH',
  path: '/groups/{id}',
  summary: 'Change name, description or the classes of models its members may use',
  topic: 'Groups',
  access: 'people',
  params: byId,
  body: z
    .object({
      name: groupName,
      description: z.string().trim().max(2000),
      modelClasses: z.array(modelClass).max(20),
    })
    .partial(),
  status: 200,
  answers: group,
});

export const deleteGroup = call({
  method: 'DELETE',
  path: '/groups/{id}',
  summary: 'Delete a group; what its members had through it ends',
  topic: 'Groups',
  access: 'people',
  params: byId,
  status: 204,
  answers: null,
});

export const member = z
  .object({
    person: named.extend({ email: z.string().nullable() }),
    manager: z.boolean(),
    /** `manual`, or the provider that brought it. */
    sources: z.array(z.string()),
  })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof member>;

export const listMembers = call({
  method: 'GET',
  path: '/groups/{id}/members',
  summary: 'The members of a group',
  topic: 'Groups',
  access: 'people',
  params: byId,
  query: page,
  status: 200,
  answers: listOf(member),
});

export const addMember = call({
  method: 'POST',
  path: '/groups/{id}/members',
  summary: 'Add a person to a group',
  topic: 'Groups',
  access: 'people',
  params: byId,
  body: z.object({ personId: id, manager: z.boolean().default(false) }),
  status: 201,
  answers: member,
});

export const updateMember = call({
  method: 'PATCH',
  path: '/groups/{id}/members/{personId}',
  summary: 'Make a member a manager of the group, or no longer',
  topic: 'Groups',
  access: 'people',
  params: z.object({ id, personId: id }),
  body: z.object({ manager: z.boolean() }),
  status: 200,
  answers: member,
});

export const removeMember = call({
  method: 'DELETE',
  path: '/groups/{id}/members/{personId}',
  summary: 'Take a person out of a group',
  topic: 'Groups',
  access: 'people',
  params: z.object({ id, personId: id }),
  status: 204,
  answers: null,
});

/** What is said about a permission; `inherit` is to say nothing. */
export const effect = z.enum(['allow', 'deny', 'inherit']);
export type Effect = z.infer<typeof effect>;

/**
 * Every permission of the product. What a person may is decided in this order: a group that denies it, a group that allows
 * it, what is said for everyone, the product's own default. So a deny for everyone is a default that a group may lift.
 */
export const permissionRules = z
  .object({
    rules: z.array(
      z.object({
        permission: z.string(),
        effect: effect.meta({
          description:
            'What is said here: by the group, whose deny outvotes every allow; or for everyone, which any group outvotes',
        }),
        inherited: z.boolean().meta({
          description:
            'What `inherit` comes to here: for a group what holds for everyone, for everyone the default of the product',
        }),
        description: z.string(),
      }),
    ),
  })
  .meta({ id: 'PermissionRules' });
export type PermissionRules = z.infer<typeof permissionRules>;

const changedRules = z.object({ rules: z.record(z.string().max(100), effect) });

export const getEveryonePermissions = call({
  method: 'GET',
  path: '/permissions',
  summary: 'What everyone may do where no group of theirs allows or denies it',
  topic: 'Groups',
  access: 'people',
  status: 200,
  answers: permissionRules,
});

export const setEveryonePermissions = call({
  method: 'PUT',
  path: '/permissions',
  summary: 'Change what everyone may do by default; permissions that are not named stay as they are',
  topic: 'Groups',
  access: 'people',
  body: changedRules,
  status: 200,
  answers: permissionRules,
});

export const getGroupPermissions = call({
  method: 'GET',
  path: '/groups/{id}/permissions',
  summary: 'What a group allows and denies',
  topic: 'Groups',
  access: 'people',
  params: byId,
  status: 200,
  answers: permissionRules,
});

export const setGroupPermissions = call({
  method: 'PUT',
  path: '/groups/{id}/permissions',
  summary: 'Change what a group allows and denies; permissions that are not named stay as they are',
  topic: 'Groups',
  access: 'people',
  params: byId,
  body: changedRules,
  status: 200,
  answers: permissionRules,
});

const resourceKind = z.enum(['knowledge_base', 'model']);

/** `id` null: every model, later ones too. */
const resource = z.object({ kind: resourceKind, id: id.nullable() });

const recipient = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('person'), id }),
  z.object({ kind: z.literal('group'), id }),
  z.object({ kind: z.literal('everyone') }),
]);

export const grant = z
  .object({
    id,
    resource,
    to: z.discriminatedUnion('kind', [
      owner.extend({ kind: z.literal('person') }),
      owner.extend({ kind: z.literal('group') }),
      z.object({ kind: z.literal('everyone') }),
    ]),
    level,
    expiresAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({ id: 'Grant' });
export type Grant = z.infer<typeof grant>;

export const listGrants = call({
  method: 'GET',
  path: '/grants',
  summary: 'Who was given a knowledge base or a model, for those who manage it',
  topic: 'Grants',
  access: 'people',
  query: z.object({ resourceKind, resourceId: id.optional() }),
  status: 200,
  answers: listOf(grant),
});

export const createGrant = call({
  method: 'POST',
  path: '/grants',
  summary: 'Give a knowledge base or a model to a person, a group or everyone; replaces an earlier level',
  topic: 'Grants',
  access: 'people',
  body: z.object({ resource, to: recipient, level: level.default('use'), expiresAt: instant.optional() }),
  status: 201,
  answers: grant,
});

export const deleteGrant = call({
  method: 'DELETE',
  path: '/grants/{id}',
  summary: 'Take a grant back; it ends with the next question',
  topic: 'Grants',
  access: 'people',
  params: byId,
  status: 204,
  answers: null,
});
