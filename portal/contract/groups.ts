import { z } from 'zod';
import { call } from './call.ts';
import { byId, id, instant, listOf, named, page } from './shapes.ts';

const groupName = z.string().trim().min(1).max(200);

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
