import { valuesNamed } from './matching.ts';
import type { Change, Verb } from './patch.ts';
import { refused } from './refusal.ts';
import { externalIdIn } from './user-attributes.ts';
import { field, isObject, textIn, type Json } from './values.ts';

const NAME_LENGTH = 300;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Members are named by the ids of users of ours. `replace` with none empties the group. */
export type MemberChange = Readonly<{ verb: Verb; ids: readonly string[] }>;

export type GroupChanges = Readonly<{
  displayName?: string;
  externalId?: string | null;
  members: readonly MemberChange[];
}>;

/** A whole group as a client sends it: what it does not say is empty. @throws AppError 'bad_input' with scimType 'invalidValue'. */
export const readGroup = (sent: Json): Required<GroupChanges> => ({
  displayName: displayNameIn(field(sent, 'displayName')),
  externalId: externalIdIn(field(sent, 'externalId')),
  members: [{ verb: 'replace', ids: memberIds(field(sent, 'members')) }],
});

/** What a PATCH changes of a group, members in the order in which it says so. @throws AppError 'bad_input' with a scimType. */
export const groupChanges = (changes: readonly Change[]): GroupChanges =>
  changes.reduce<GroupChanges>(
    (known, change) => {
      const value = change.verb === 'remove' ? null : change.value;
      switch (change.path.attribute) {
        case 'displayname':
          return { ...known, displayName: displayNameIn(value) };
        case 'externalid':
          return { ...known, externalId: externalIdIn(value) };
        case 'members':
          return { ...known, members: [...known.members, memberChange(change)] };
        default:
          return known;
      }
    },
    { members: [] },
  );

function memberChange({ verb, path, value }: Change): MemberChange {
  if (path.filter !== null) {
    const ids = valuesNamed(path.filter);
    if (ids === null || verb !== 'remove' || path.part !== null)
      throw refused('invalidPath', 'Members are removed by members[value eq "id"], and added by a value');
    return { verb, ids: memberIds(ids) };
  }
  if (verb === 'remove') {
    // Entra names in the value whom to remove; without one it is all of them.
    return value === undefined || value === null ? { verb: 'replace', ids: [] } : { verb, ids: memberIds(value) };
  }
  return { verb, ids: memberIds(value) };
}

function memberIds(value: unknown): string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return [...new Set(items.map(memberId))];
}

function memberId(item: unknown): string {
  const type = isObject(item) ? field(item, 'type') : undefined;
  if (typeof type === 'string' && type.toLowerCase() !== 'user')
    throw refused('invalidValue', 'Members are users: groups in groups have to be taken apart by the provider');
  const id = textIn(isObject(item) ? field(item, 'value') : item, 'members.value', NAME_LENGTH)?.toLowerCase();
  if (id === undefined || !ID.test(id)) throw refused('invalidValue', 'A member is named by the id of a user');
  return id;
}

function displayNameIn(value: unknown): string {
  const name = textIn(value, 'displayName', NAME_LENGTH);
  if (name === null) throw refused('invalidValue', 'displayName is missing');
  return name;
}
