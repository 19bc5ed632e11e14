import type { Actor } from '../../access/actor.ts';
import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import { newId, type PersonId, type ProviderId } from '../../ids.ts';
import { withTransaction } from '../../storage/pool.ts';
import type { Queryable } from '../../storage/sql.ts';
import { usersEver } from '../scim/users.sql.ts';
import { closeAccess, onlyTheseAdminister } from '../sign-on.sql.ts';
import { refuseBrought, syncPeople } from '../sync-people.ts';
import {
  allProviders,
  deleteProviderRow,
  endSessionsThrough,
  identitiesAt,
  insertProvider,
  lockProvider,
  peopleByProvider,
  peopleOfOnly,
  providerRowById,
  providerRowByKey,
  updateProviderRow,
  waysIn,
  type ProviderRow,
} from './providers.sql.ts';
import { newTrust, recordTrust, takeInHand, trustChanges } from './trust.ts';
import { KINDS, PROVIDER_KINDS, secretsMade, type ProviderKind, type SecretsOf, type SettingsOf } from './settings.ts';
import { refuseMovedSecrets, secretsOf, settingsOf } from './wanted.ts';

type Needs = Pick<Context, 'pool' | 'secrets'>;

type ProviderOf<Kind extends ProviderKind> = Readonly<{
  id: ProviderId;
  /** Part of its addresses; never changes. */
  key: string;
  kind: Kind;
  name: string;
  enabled: boolean;
  settings: SettingsOf<Kind>;
  secrets: SecretsOf<Kind>;
  /** How old what it told about a person may be. */
  maxAgeHours: number;
  /** Who made it or changed whom it believes, until another administrator has confirmed it. */
  inHandsOf: readonly PersonId[];
  createdAt: Date;
  updatedAt: Date;
}>;

/** An identity provider with its secrets open: for the server's own use, never for an answer. */
export type Provider<Kind extends ProviderKind = ProviderKind> = { [K in Kind]: ProviderOf<K> }[Kind];

/** Every provider, by name. */
export async function listProviders(ctx: Needs): Promise<Provider[]> {
  return (await allProviders(ctx.pool)).map((row) => opened(ctx, row));
}

/** @throws AppError 'not_found'. */
export async function getProvider(ctx: Needs, id: ProviderId): Promise<Provider> {
  const found = await providerRowById(ctx.pool, id);
  if (!found) throw notFound('provider');
  return opened(ctx, found);
}

/** The provider of an address, of these kinds, if it is there and enabled; `disabledToo` for trying it out. */
export async function findProvider<Kind extends ProviderKind>(
  ctx: Needs,
  key: string,
  kinds: readonly Kind[],
  disabledToo = false,
): Promise<Provider<Kind> | null> {
  const found = await providerRowByKey(ctx.pool, key);
  if (!found || !(kinds as readonly string[]).includes(found.kind) || !(found.enabled || disabledToo)) return null;
  return opened(ctx, found) as Provider<Kind>;
}

export type WantedProvider = Readonly<{
  name: string;
  enabled: boolean;
  maxAgeHours: number;
  settings: unknown;
  /** Those left out stay as they are; null takes one away. */
  secrets?: Readonly<Record<string, string | null>> | undefined;
}>;

/** @throws AppError 'bad_input' with the fields that are wrong, 'conflict' when the key is taken. */
export async function createProvider(
  ctx: Needs & Pick<Context, 'config' | 'clock'>,
  by: Actor,
  wanted: WantedProvider & { key: string; kind: ProviderKind },
): Promise<Provider> {
  const id = newId();
  const { key, kind, name, enabled, maxAgeHours } = wanted;
  const settings = settingsOf(kind, wanted.settings);
  const secretsSealed = sealed(ctx, id, secretsOf(kind, await secretsMade(kind, key), wanted.secrets));
  await withTransaction(ctx.pool, async (tx) => {
    const added = await insertProvider(tx, { id, key, kind, name, enabled, settings, secretsSealed, maxAgeHours });
    if (added === 0) throw new AppError('conflict', 'There is already a provider with this key');
    await recordProvider(tx, by, 'provider.created', id, { kind, after: { enabled, maxAgeHours, settings } });
    const alone = await takeInHand(ctx, tx, by, id);
    await recordTrust(tx, by, { id, name }, [newTrust('created')], { alone, made: true });
  });
  return getProvider(ctx, id);
}

/**
 * Changes a provider; disabling it ends the sessions that were opened through it. Whom it believes may change, but is told
 * to the other administrators and to the people who come by it.
 * @throws AppError 'not_found', 'bad_input' with the fields that are wrong, 'conflict' where people of one issuer would
 * become people of another, it is another than as of `updatedAt`, or nobody would be left to administer.
 */
export async function updateProvider(
  ctx: Needs & Pick<Context, 'config' | 'clock' | 'log'>,
  by: Actor,
  id: ProviderId,
  wanted: WantedProvider & { updatedAt?: string | undefined },
): Promise<Provider> {
  await withTransaction(ctx.pool, async (tx) => {
    await lockProvider(tx, id);
    const found = await providerRowById(tx, id);
    if (!found) throw notFound('provider');
    if (wanted.updatedAt !== undefined && new Date(wanted.updatedAt).getTime() !== found.updatedAt.getTime())
      throw new AppError(
        'conflict',
        'Somebody has changed this provider since you opened it: load the page again, then make your changes',
      );
    const before = opened(ctx, found);
    const { name, enabled, maxAgeHours } = wanted;
    const settings = settingsOf(before.kind, wanted.settings);
    if (settings.scimSubject !== before.settings.scimSubject && (await usersEver(tx, id)))
      throw new AppError(
        'conflict',
        'Provisioning has brought people already: by another attribute they would be other people. Add another provider instead',
      );
    const { issuerOf } = KINDS[before.kind];
    if (issuerOf(settings as never) !== issuerOf(before.settings as never) && (await identitiesAt(tx, id)) > 0)
      throw new AppError(
        'conflict',
        'People sign in here already: by another issuer, or named by something else, they would become other people. Add another provider instead',
      );
    refuseMovedSecrets(before.kind, before.secrets, before.settings, settings, wanted.secrets);
    const secrets = secretsOf(before.kind, before.secrets, wanted.secrets);
    await updateProviderRow(tx, { id, name, enabled, settings, secretsSealed: sealed(ctx, id, secrets), maxAgeHours });
    if (before.enabled && !enabled) {
      await keepAnAdministrator(tx, id);
      await endSessionsThrough(tx, id);
    }
    const trusted = trustChanges(before.kind, before.settings, settings);
    const alone = trusted.length > 0 && (await takeInHand(ctx, tx, by, id));
    if (settings.groupsFrom !== before.settings.groupsFrom)
      await refuseBrought(ctx, tx, by, await syncPeople(ctx, tx, { id }, null, by.surface));
    await recordProvider(tx, by, 'provider.changed', id, {
      before: { enabled: before.enabled, maxAgeHours: before.maxAgeHours, settings: before.settings },
      after: { enabled, maxAgeHours, settings },
      secretsChanged: Object.keys(wanted.secrets ?? {}),
    });
    const opens = enabled && !before.enabled ? [newTrust('enabled')] : [];
    await recordTrust(tx, by, { id, name }, [...trusted, ...opens], { alone });
  });
  return getProvider(ctx, id);
}

/**
 * Deletes a provider with the identities, sessions and memberships that came from it. The people stay, those who came from
 * nowhere else deactivated: nobody would tell any more when they leave.
 * @throws AppError 'not_found', or 'conflict' where nobody would be left to administer.
 */
export async function deleteProvider(
  ctx: Needs & Pick<Context, 'clock'>,
  by: Actor,
  id: ProviderId,
): Promise<{ deactivated: number }> {
  return withTransaction(ctx.pool, async (tx) => {
    if (!(await providerRowById(tx, id))) throw notFound('provider');
    const alone = await keepAnAdministrator(tx, id);
    let deactivated = 0;
    for (const personId of alone) {
      if ((await closeAccess(tx, personId, `provider:${id}`, ctx.clock.now())) === 0) continue;
      deactivated += 1;
      await record(tx, {
        actorId: by.personId,
        surface: by.surface,
        action: 'person.deactivated',
        subjectKind: 'person',
        subjectId: personId,
        detail: { providerId: id },
      });
    }
    await deleteProviderRow(tx, id);
    await recordProvider(tx, by, 'provider.deleted', id, { people: alone.length, deactivated });
    return { deactivated };
  });
}

/**
 * The people who come from a provider alone. Locks the administrators' rows.
 * @throws AppError 'conflict' where these are all who administer.
 */
async function keepAnAdministrator(tx: Queryable, id: ProviderId): Promise<PersonId[]> {
  const alone = (await peopleOfOnly(tx, id)).map((each) => each.id);
  if (await onlyTheseAdminister(tx, alone))
    throw new AppError(
      'conflict',
      'Nobody would be left to administer: make somebody administrator first who signs in elsewhere',
    );
  return alone;
}

/** How many people sign in by each provider. */
export const peopleBy = async (ctx: Pick<Needs, 'pool'>): Promise<ReadonlyMap<ProviderId, number>> =>
  new Map((await peopleByProvider(ctx.pool)).map(({ id, people }) => [id, people]));

/** The enabled providers as the sign-in page shows them to everybody, by name. */
export const listWaysIn = (ctx: Pick<Needs, 'pool'>): Promise<{ key: string; kind: ProviderKind; name: string }[]> =>
  waysIn(ctx.pool);

/** The names of the secrets that are set, which is all that anybody sees of them. */
export const secretsSet = (provider: Provider): string[] =>
  Object.entries(provider.secrets).flatMap(([name, value]) => (value === undefined ? [] : [name]));

function opened(ctx: Pick<Context, 'secrets'>, row: ProviderRow): Provider {
  const { secretsSealed, settings, ...rest } = row;
  const kind = PROVIDER_KINDS.find((each) => each === row.kind) ?? 'oidc';
  const secrets: unknown = secretsSealed === null ? {} : JSON.parse(ctx.secrets.open(secretsSealed, row.id));
  // Parsed again, so that a setting that came later has its default in older rows.
  return {
    ...rest,
    kind,
    settings: KINDS[kind].settings.parse(settings),
    secrets: KINDS[kind].secrets.parse(secrets),
  } as Provider;
}

const sealed = (ctx: Pick<Context, 'secrets'>, id: ProviderId, secrets: Record<string, unknown>): Buffer =>
  ctx.secrets.seal(JSON.stringify(secrets), id);

const recordProvider = (
  tx: Parameters<typeof record>[0],
  by: Actor,
  action: string,
  id: ProviderId,
  detail: Record<string, unknown>,
): Promise<void> =>
  record(tx, { actorId: by.personId, surface: by.surface, action, subjectKind: 'provider', subjectId: id, detail });
