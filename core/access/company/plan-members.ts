import { newId } from '../../ids.ts';
import { ownerOfOwnAccount } from '../own-account.ts';
import { joinsOwnHands } from '../own-hands.ts';
import type { Drafting } from './plan.ts';

/** People, service accounts, and the groups that they are in. */
export async function planMembers(draft: Drafting): Promise<void> {
  const { company, there, plan, by, personIds, say, same } = draft;
  for (const person of company.people) {
    const known = there.people.get(person.email);
    const id = known?.id ?? newId();
    personIds.set(person.email, id);
    if (!known) {
      plan.newPeople.push({ ...person, id });
      say('person', person.email, 'create', person.active ? person.role : `${person.role}, deactivated`);
    } else if (id === by.personId && known.role !== person.role)
      say('person', person.email, 'skip', 'nobody changes their own role');
    else if (person.active !== (known.status === 'active'))
      say('person', person.email, 'skip', 'people are deactivated and let in again on their page, not by a file');
    else if (known.name !== person.name || known.role !== person.role) {
      plan.changedPeople.push({ id, name: person.name, role: person.role });
      say('person', person.email, 'update', `${known.role} becomes ${person.role}`);
    } else same();
    for (const group of person.groups)
      await planMembership(draft, { id, title: person.email, isNew: !known }, group, person.manages.includes(group));
  }
  for (const account of company.serviceAccounts) await planAccount(draft, account);
}

async function planAccount(draft: Drafting, account: Drafting['company']['serviceAccounts'][number]): Promise<void> {
  const { there, plan, accountIds, say, same } = draft;
  const known = there.serviceAccounts.get(account.name.toLowerCase());
  const id = known?.id ?? newId();
  accountIds.set(account.name, id);
  const { kind, id: ownerId } = ownerOf(draft, account.owner);
  if (!known) {
    plan.newAccounts.push({ ...account, id, ownerKind: kind, ownerId });
    say('service_account', account.name, 'create', account.active ? 'its owner makes its keys' : 'deactivated');
  } else if (known.ownerKind !== kind || known.ownerId !== ownerId)
    say('service_account', account.name, 'skip', 'a new owner is given on its page: its keys end with that');
  else if (account.active !== (known.status === 'active'))
    say('service_account', account.name, 'skip', 'it is deactivated and let in again on its page, not by a file');
  else if (known.description !== account.description) {
    plan.changedAccounts.push({ id, description: account.description });
    say('service_account', account.name, 'update', 'description');
  } else same();
  for (const group of account.groups)
    await planMembership(draft, { id, title: account.name, isNew: !known }, group, false);
}

async function planMembership(
  { ctx, there, plan, by, groupIds, say, same }: Drafting,
  member: { id: string; title: string; isNew: boolean },
  group: string,
  manager: boolean,
): Promise<void> {
  const groupId = groupIds.get(group) ?? '';
  const { isNew } = member;
  const before = there.managing.get(`${groupId} ${member.id}`);
  const title = `${member.title} in ${group}`;
  if (before !== undefined && (before || !manager)) same();
  else if (member.id === by.personId || (await isOwnAccount(ctx, by.personId, member.id)))
    say('membership', title, 'skip', "nobody gives themself a group's rights");
  else if ((await joinsOwnHands(ctx, by.personId, groupId, [{ id: member.id, isNew, manager }])).size > 0)
    say('membership', title, 'skip', 'an account that you make or made: somebody who manages the group lets it in');
  else {
    plan.memberships.push({ groupId, personId: member.id, manager });
    say('membership', title, before === undefined ? 'create' : 'update', manager ? 'manager' : 'member');
  }
}

/** Whether what is given to this member is given to who makes its keys, and that is the one who imports. */
export const isOwnAccount = async (ctx: Drafting['ctx'], personId: string | null, member: string): Promise<boolean> =>
  personId !== null && (await ownerOfOwnAccount(ctx, personId, member)) !== null;

export const ownerOf = (
  { groupIds, personIds }: Drafting,
  owner: { group: string } | { person: string },
): { kind: 'person' | 'group'; id: string } =>
  'group' in owner
    ? { kind: 'group', id: groupIds.get(owner.group) ?? '' }
    : { kind: 'person', id: personIds.get(owner.person) ?? '' };
