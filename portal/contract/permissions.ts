import { z } from 'zod';
import { call } from './call.ts';
import { byId, id } from './shapes.ts';

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
        withheld: z.boolean().meta({
          description: 'Allowed to the group by administrators and held back by its managers, who may give it again',
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
  summary:
    'Change what a group allows and denies; its managers hold back (`inherit`) or give again (`allow`) what administrators allowed it, and nothing more',
  topic: 'Groups',
  access: 'people',
  params: byId,
  body: changedRules,
  status: 200,
  answers: permissionRules,
});

export const listAllowedElsewhere = call({
  method: 'GET',
  path: '/groups/{id}/allowed-elsewhere',
  summary: 'What other groups allow the members of a group: what a denial here takes away from them',
  topic: 'Groups',
  access: 'people',
  params: byId,
  status: 200,
  answers: z.object({
    permissions: z.array(
      z.object({
        permission: z.string(),
        people: z.int(),
        /** By name for administrators; others are told how many people, not where they are. */
        groups: z.array(z.string()),
      }),
    ),
  }),
});
export type AllowedElsewhere = z.infer<(typeof listAllowedElsewhere)['answers']>['permissions'][number];

export const previewMember = call({
  method: 'GET',
  path: '/groups/{id}/members/{personId}/preview',
  summary:
    'Whether a group would take something away from a person; for administrators also what, and what it would give',
  topic: 'Groups',
  access: 'people',
  params: byId.extend({ personId: id }),
  status: 200,
  answers: z
    .object({
      /** Whether it takes anything away. What it gives and takes is for administrators: others would read what a person has. */
      takesSomething: z.boolean(),
      gives: z.array(z.string()),
      takesAway: z.array(z.string()),
      modelsTakenAway: z.array(z.string()),
    })
    .meta({ id: 'JoiningEffect' }),
});
export type JoiningEffect = z.infer<(typeof previewMember)['answers']>;
