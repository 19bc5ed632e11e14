import { record, type AuditEntry } from '../audit/record.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { newId, type IdentityId } from '../ids.ts';
import { withTransaction } from '../storage/pool.ts';
import type { Queryable } from '../storage/sql.ts';
import { personById } from './identity.sql.ts';
import type { Person } from './person.ts';
import type { ProviderFacts } from './providers/facts.ts';
import { makeGroupsByPrefix, noteGroupsSeen } from './providers/groups-seen.ts';
import type { Provider } from './providers/store.ts';
import { shownName } from './shown-name.ts';
import {
  onlyTheseAdminister,
  closeAccess,
  identityOf,
  insertIdentity,
  insertPersonRow,
  linkTeamsAccount,
  lockSubject,
  reopenAccess,
  setDisabled,
  storeAttributes,
  storeFacts,
  wouldReopenOneself,
  type KnownIdentity,
} from './sign-on.sql.ts';
import { syncGroups } from './sync-groups.ts';
import { syncRole } from './sync-role.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'secrets' | 'log'>;

export type SignedOn = Readonly<{
  /** As they stand now: pending or deactivated too, so that whoever opens a session looks first. */
  person: Person;
  identityId: IdentityId;
  created: boolean;
  /** Whether role, groups or standing are others than before. */
  changed: boolean;
}>;

/**
 * By which way the facts came, for the record. `provisioned`: by a token of the provider. Whoever provisions people wants them,
 * whatever the settings say of new ones; and nobody who made such a token lets themself in again by it.
 */
export type Came = Readonly<{ surface: AuditEntry['surface']; provisioned?: boolean }>;

/**
 * From what a provider told to a person: found by provider and subject, made where there is none, never joined by email.
 * Brings attributes, groups, role and standing in line, stamps the facts and records what changed. Opens no session, so that
 * SCIM, LDAP and refresh tokens renew by it too.
 * @throws AppError 'sign_in_refused', `details.reason`: 'groups_missing' or 'not_invited', by the provider's settings.
 */
export async function signOn(
  ctx: Needs,
  provider: Provider,
  given: ProviderFacts,
  came: Came = { surface: 'portal' },
): Promise<SignedOn> {
  return withTransaction(ctx.pool, (tx) => signOnWithin(ctx, tx, provider, given, came));
}

/** As `signOn`, in the transaction of whoever has more to keep together with it. */
export async function signOnWithin(
  ctx: Needs,
  tx: Queryable,
  provider: Provider,
  given: ProviderFacts,
  came: Came,
): Promise<SignedOn> {
  const { surface } = came;
  const { missingGroups, groupsFrom } = provider.settings;
  const facts = missingGroups === 'none' ? noneWhereMissing(given) : given;
  const groupsMissing = facts.groups === 'missing' && groupsFrom === 'sign_in';
  if (missingGroups === 'refuse' && (groupsMissing || facts.roles === 'missing'))
    throw new AppError(
      'sign_in_refused',
      'The identity provider did not say which groups you are in. Your administrator has to look at its settings',
      { details: { reason: 'groups_missing' } },
    );
  await lockSubject(tx, provider.id, facts.subject);
  const at = ctx.clock.now();
  const known = await identityOf(tx, provider.id, facts.subject);
  const identity = known ?? (await firstTime(tx, provider, facts, surface));
  await keepFacts(ctx, tx, provider, identity, facts, at);
  const standing = await syncStanding(ctx, tx, provider, identity, facts, came, at);
  const groups = await syncGroups(tx, provider, identity, surface);
  const role = await syncRole(ctx, tx, provider, identity, surface);
  // Only at a sign-in of the person themself: a renewal would link again what they unlinked.
  if (facts.chat && surface === 'portal') await linkChat(tx, identity, facts.chat, surface, known === null);
  const person = await personById(tx, identity.person.id);
  if (known === null && person?.role === 'pending' && provider.settings.newPeople === 'refuse' && !came.provisioned)
    throw notInvited();
  return {
    person: person ?? identity.person,
    identityId: identity.id,
    created: known === null,
    changed: standing || groups || role,
  };
}

const noneWhereMissing = (facts: ProviderFacts): ProviderFacts => ({
  ...facts,
  groups: facts.groups === 'missing' ? [] : facts.groups,
  roles: facts.roles === 'missing' ? [] : facts.roles,
});

const notInvited = () =>
  new AppError('sign_in_refused', 'You have no account here. Ask your administrator for one', {
    details: { reason: 'not_invited' },
  });

async function firstTime(
  tx: Queryable,
  provider: Provider,
  facts: ProviderFacts,
  surface: AuditEntry['surface'],
): Promise<KnownIdentity> {
  const person = {
    id: newId(),
    name: nameOf(facts) ?? emailOf(facts) ?? shownName(`${provider.name}: ${facts.subject}`) ?? provider.name,
    email: emailOf(facts),
    language: facts.language ?? null,
    role: provider.settings.newPeople === 'user' ? ('user' as const) : ('pending' as const),
  };
  await insertPersonRow(tx, person);
  const id = newId();
  await insertIdentity(tx, { id, personId: person.id, providerId: provider.id, subject: facts.subject });
  await record(tx, {
    actorId: null,
    surface,
    action: 'person.created',
    subjectKind: 'person',
    subjectId: person.id,
    detail: { providerId: provider.id, role: person.role },
  });
  return {
    id,
    disabledAt: null,
    groups: [],
    roles: [],
    mappedRole: null,
    formerRole: null,
    deactivatedBy: null,
    person: { ...person, status: 'active', fromSample: false },
  };
}

async function keepFacts(
  ctx: Needs,
  tx: Queryable,
  provider: Provider,
  identity: KnownIdentity,
  facts: ProviderFacts,
  at: Date,
): Promise<void> {
  const groups = Array.isArray(facts.groups) ? [...new Set(facts.groups.map(({ id }) => id))] : null;
  const roles = Array.isArray(facts.roles) ? [...new Set(facts.roles)] : null;
  const email = emailOf(facts);
  await storeFacts(tx, {
    id: identity.id,
    email,
    // A provider that is not asked any more has brought nothing.
    groups: facts.groups === 'not_asked' ? [] : groups,
    roles: facts.roles === 'not_asked' ? [] : roles,
    refreshSealed: facts.refreshToken === undefined ? null : ctx.secrets.seal(facts.refreshToken, identity.id),
    at,
    // Groups that others tell are as old as they were.
    fresh: facts.groups !== 'kept' || provider.settings.groupsFrom === 'scim',
  });
  await storeAttributes(tx, {
    id: identity.person.id,
    name: nameOf(facts),
    email,
    language: facts.language ?? null,
  });
  await noteGroupsSeen(tx, provider, facts, at);
  await makeGroupsByPrefix(tx, provider, facts);
}

/** Disabled there ends the access here; only the one that closed it, or a hand, opens it again. */
async function syncStanding(
  ctx: Needs,
  tx: Queryable,
  provider: Provider,
  { id, person, disabledAt }: KnownIdentity,
  facts: ProviderFacts,
  { surface, provisioned = false }: Came,
  at: Date,
): Promise<boolean> {
  const by = `provider:${provider.id}`;
  const told = {
    actorId: null,
    surface,
    subjectKind: 'person',
    subjectId: person.id,
    detail: { providerId: provider.id },
  };
  if (facts.active === false) {
    if (disabledAt === null) await setDisabled(tx, id, at);
    const last = person.role === 'admin' && (await onlyTheseAdminister(tx, [person.id]));
    if ((await closeAccess(tx, person.id, by, at)) === 0) return false;
    await record(tx, { ...told, action: 'person.deactivated', detail: { ...told.detail, lastAdministrator: last } });
    if (last)
      ctx.log.warn(
        { part: 'sign-in', personId: person.id, reason: 'last_administrator' },
        'the last administrator was deactivated by their provider: npm run reset-admin makes a new one',
      );
    return true;
  }
  if (facts.active === 'not_told') return false;
  if (provisioned && (await wouldReopenOneself(tx, provider.id, person.id))) {
    await record(tx, { ...told, action: 'person.reactivation_withheld' });
    return false;
  }
  if (disabledAt !== null) await setDisabled(tx, id, null);
  if ((await reopenAccess(tx, person.id, by)) === 0) return false;
  await record(tx, { ...told, action: 'person.reactivated' });
  return true;
}

async function linkChat(
  tx: Queryable,
  { person }: KnownIdentity,
  chat: NonNullable<ProviderFacts['chat']>,
  surface: AuditEntry['surface'],
  first: boolean,
): Promise<void> {
  const { linked, other } = await linkTeamsAccount(tx, {
    id: newId(),
    ...chat,
    personId: person.id,
    name: person.name,
  });
  // Linked to somebody else by its own hand: an administrator sees both and decides, the link stays where it is.
  if (!linked && !(first && other !== null)) return;
  await record(tx, {
    actorId: linked ? person.id : null,
    surface,
    action: linked ? 'chat_account.linked' : 'chat_account.link_differs',
    subjectKind: 'person',
    subjectId: person.id,
    detail: { tenantId: chat.tid, externalId: chat.oid, ...(other === null ? {} : { other }) },
  });
}

const nameOf = (facts: ProviderFacts): string | null => (facts.name === undefined ? null : shownName(facts.name));

const emailOf = (facts: ProviderFacts): string | null =>
  facts.emailVerified === false ? null : facts.email?.trim().slice(0, 320) || null;
