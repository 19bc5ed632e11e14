import { fits, madeBy } from './matching.ts';
import type { Change } from './patch.ts';
import { refused } from './refusal.ts';
import {
  emailIn,
  emailsIn,
  externalIdIn,
  languageIn,
  nameIn,
  nameParts,
  userNameIn,
  type Email,
  type UserAttributes,
} from './user-attributes.ts';
import { field, flagIn, isObject } from './values.ts';

/** A user after the changes of a PATCH. Attributes that are not kept are passed over. @throws AppError 'bad_input' with a scimType. */
export const patchedUser = (before: UserAttributes, changes: readonly Change[]): UserAttributes =>
  changes.reduce(changed, before);

function changed(user: UserAttributes, change: Change): UserAttributes {
  const { verb, path } = change;
  const value = verb === 'remove' ? null : change.value;
  switch (path.attribute) {
    case 'username':
      return { ...user, userName: userNameIn(value) };
    case 'externalid':
      return { ...user, externalId: externalIdIn(value) };
    case 'active': {
      const active = flagIn(value, 'active');
      if (active === null) throw refused('invalidValue', 'active must be true or false');
      return { ...user, active };
    }
    case 'displayname':
      return { ...user, displayName: nameIn(value, 'displayName') };
    case 'preferredlanguage':
      return { ...user, preferredLanguage: languageIn(value, 'preferredLanguage') };
    case 'locale':
      return { ...user, locale: languageIn(value, 'locale') };
    case 'name':
      return { ...user, name: changedName(user.name, path.part, value) };
    case 'emails':
      return { ...user, emails: changedEmails(user.emails, { ...change, value }) };
    case 'id':
      throw refused('mutability', 'The id of a resource does not change');
    default:
      return user;
  }
}

const NAME_PARTS = { formatted: 'formatted', givenname: 'givenName', familyname: 'familyName' } as const;

function changedName(name: UserAttributes['name'], part: string | null, value: unknown): UserAttributes['name'] {
  if (part !== null) {
    const known = (NAME_PARTS as Record<string, keyof UserAttributes['name'] | undefined>)[part];
    return known === undefined ? name : { ...name, [known]: nameIn(value, `name.${known}`) };
  }
  const said = isObject(value) ? value : {};
  const next = nameParts(value);
  // What the object does not speak of stays; a removal takes all.
  const kept = Object.values(NAME_PARTS).filter((each) => value !== null && field(said, each) === undefined);
  return { ...next, ...Object.fromEntries(kept.map((each) => [each, name[each]])) };
}

function changedEmails(emails: readonly Email[], { verb, path, value }: Change): Email[] {
  if (path.filter === null && path.part === null)
    return verb === 'add' ? added(emails, emailsIn(value)) : emailsIn(value);
  const meant = emails.map((each) => path.filter === null || fits(each, path.filter));
  if (verb === 'remove' && path.part === null) return emails.filter((_, index) => !meant[index]);
  if (!meant.includes(true)) return verb === 'remove' ? [...emails] : added(emails, [made({ verb, path, value })]);
  const next = emails.flatMap((each, index) => (meant[index] ? (withPart(each, path.part, value) ?? []) : [each]));
  return onePrimary(
    next,
    next.findLastIndex((each, index) => meant[index] === true && each.primary === true),
  );
}

function withPart(email: Email, part: string | null, value: unknown): Email | null {
  const said = part === null ? (isObject(value) ? value : { value }) : { [part]: value };
  return emailIn({
    ...email,
    ...Object.fromEntries(Object.entries(said).map(([key, each]) => [key.toLowerCase(), each])),
  });
}

/** Entra replaces and adds parts of an item that is not there yet, and expects it to be made. */
function made({ path, value }: Change): Email {
  const from = path.filter === null ? {} : madeBy(path.filter);
  const part = path.part === null ? (isObject(value) ? value : { value }) : { [path.part]: value };
  const email = from === null ? null : emailIn({ ...from, ...part });
  if (email === null) throw refused('noTarget', 'No item of emails fits this path');
  return email;
}

const added = (emails: readonly Email[], more: readonly Email[]): Email[] => {
  const fresh = more.filter((each) => !emails.some(({ value, type }) => value === each.value && type === each.type));
  const all = [...emails, ...fresh];
  return onePrimary(all, fresh.some(({ primary }) => primary) ? all.findLastIndex(({ primary }) => primary) : -1);
};

/** Whoever becomes the primary one takes it from the others. */
const onePrimary = (emails: readonly Email[], at: number): Email[] =>
  emails.map((each, index) => (at >= 0 && index !== at && each.primary ? { ...each, primary: false } : each));
