import { refused } from './refusal.ts';
import { field, flagIn, isObject, textIn, type Json } from './values.ts';

export type Email = Readonly<{ value: string; type?: string; primary?: boolean }>;

/** What is kept of a user. Everything else that a client sends is taken without complaint and forgotten. */
export type UserAttributes = Readonly<{
  userName: string;
  externalId: string | null;
  active: boolean;
  displayName: string | null;
  name: Readonly<{ formatted: string | null; givenName: string | null; familyName: string | null }>;
  emails: readonly Email[];
  preferredLanguage: string | null;
  locale: string | null;
}>;

const MOST_EMAILS = 50;
const LENGTH = { userName: 500, externalId: 500, name: 300, email: 320, language: 100, type: 50 } as const;

/**
 * A whole user as a client sends it. `active`: what holds where it says nothing of it, so that a client that leaves it out
 * lets nobody in again. @throws AppError 'bad_input' with scimType 'invalidValue'.
 */
export function readUser(sent: Json, active: boolean): UserAttributes {
  const at = (name: string) => field(sent, name);
  return {
    userName: userNameIn(at('userName')),
    externalId: externalIdIn(at('externalId')),
    active: flagIn(at('active'), 'active') ?? active,
    displayName: nameIn(at('displayName'), 'displayName'),
    name: nameParts(at('name')),
    emails: emailsIn(at('emails')),
    preferredLanguage: languageIn(at('preferredLanguage'), 'preferredLanguage'),
    locale: languageIn(at('locale'), 'locale'),
  };
}

export function userNameIn(value: unknown): string {
  const name = textIn(value, 'userName', LENGTH.userName);
  if (name === null) throw refused('invalidValue', 'userName is missing');
  return name;
}

export const externalIdIn = (value: unknown): string | null => textIn(value, 'externalId', LENGTH.externalId);
export const nameIn = (value: unknown, name: string): string | null => textIn(value, name, LENGTH.name);
export const languageIn = (value: unknown, name: string): string | null => textIn(value, name, LENGTH.language);

export function nameParts(value: unknown): UserAttributes['name'] {
  const parts = isObject(value) ? value : {};
  const at = (name: string) => nameIn(field(parts, name), `name.${name}`);
  return { formatted: at('formatted'), givenName: at('givenName'), familyName: at('familyName') };
}

/** Items without an address are left out; one that is alone and has no type is as good as any. */
export function emailsIn(value: unknown): Email[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  if (items.length > MOST_EMAILS) throw refused('invalidValue', `emails are more than ${MOST_EMAILS}`);
  return items.flatMap((item) => emailIn(item) ?? []);
}

export function emailIn(item: unknown): Email | null {
  const parts: Json = isObject(item) ? item : { value: item };
  const value = textIn(field(parts, 'value'), 'emails.value', LENGTH.email);
  if (value === null) return null;
  const type = textIn(field(parts, 'type'), 'emails.type', LENGTH.type);
  const primary = flagIn(field(parts, 'primary'), 'emails.primary');
  return { value, ...(type === null ? {} : { type }), ...(primary === null ? {} : { primary }) };
}

/** What somebody is called. */
export const nameOfUser = ({ displayName, name, userName }: UserAttributes): string =>
  displayName ??
  name.formatted ??
  ([name.givenName, name.familyName].filter((part) => part !== null).join(' ') || userName);

/** The address to write to: the primary one, else the one at work, else any, else a user name that is one. */
export const emailOfUser = ({ emails, userName }: UserAttributes): string | null =>
  (emails.find(({ primary }) => primary === true) ?? emails.find(({ type }) => type === 'work') ?? emails[0])?.value ??
  (/^[^@\s]+@[^@\s]+$/.test(userName) ? userName : null);

/** BCP 47, where it is said in a way that can be read so. */
export function languageOfUser({ preferredLanguage, locale }: UserAttributes): string | null {
  const tag = (preferredLanguage ?? locale)?.split(/[,;]/)[0]?.trim().replaceAll('_', '-');
  return tag !== undefined && /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag) ? tag : null;
}
