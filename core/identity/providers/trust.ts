import { createHash, X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../access/actor.ts';
import { record } from '../../audit/record.ts';
import type { ProviderId } from '../../ids.ts';
import type { Context } from '../../context.ts';
import type { Queryable } from '../../storage/sql.ts';
import { KINDS, type ProviderKind } from './settings.ts';
import { administersAlone, holdProvider, otherAdministrators, ownersOfKnowledge } from './trust.sql.ts';

/** A setting on which hangs who may say who somebody is, before and after: certificates by their fingerprint. */
export type TrustChange = Readonly<{ setting: string; before: unknown; after: unknown }>;

/** What has changed of whom a provider's kind believes; none where nothing has. */
export const trustChanges = (
  kind: ProviderKind,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): TrustChange[] => [
  ...issuerChange(kind, before, after),
  ...KINDS[kind].trust.flatMap((setting) =>
    isDeepStrictEqual(before[setting], after[setting])
      ? []
      : [{ setting, before: printed(before[setting]), after: printed(after[setting]) }],
  ),
];

/** Possible only while nobody has come by it yet: who comes first is then somebody else's word. */
function issuerChange(kind: ProviderKind, before: object, after: object): TrustChange[] {
  const { issuerOf } = KINDS[kind];
  const [was, is] = [issuerOf(before as never), issuerOf(after as never)];
  return was === is ? [] : [{ setting: 'issuer', before: was, after: is }];
}

/** A provider that is there, or lets people in, from now on: others are told of that as of a change. */
export const newTrust = (setting: 'created' | 'enabled'): TrustChange => ({ setting, before: false, after: true });

const ALONE_DAYS = 30;

/**
 * Puts a provider into the hands of whoever made it or changed whom it believes. Not where nobody else administers, nor did
 * in the last month, who could confirm it; nor where administrators vouch by the setting. Gives whether they are alone.
 */
export async function takeInHand(
  ctx: Pick<Context, 'config' | 'clock'>,
  tx: Queryable,
  by: Actor,
  provider: ProviderId,
): Promise<boolean> {
  if (by.personId === null || ctx.config.ADMINS_VOUCH) return false;
  const at = ctx.clock.now();
  if (await administersAlone(tx, by.personId, new Date(at.getTime() - ALONE_DAYS * 24 * 3_600_000))) return true;
  await holdProvider(tx, provider, by.personId, at);
  return false;
}

/**
 * Records that a provider is believed on other grounds than before, and tells every other administrator on their own page, and
 * who owns knowledge bases where whoever did it administers `alone`. `made`: its own entry says that it was made. The people who come by it see it on theirs, by the provider's own entry.
 */
export async function recordTrust(
  tx: Queryable,
  by: Actor,
  provider: { id: ProviderId; name: string },
  changes: readonly TrustChange[],
  { alone = false, made = false } = {},
): Promise<void> {
  if (changes.length === 0) return;
  const told = { actorId: by.personId, surface: by.surface } as const;
  const detail = { name: provider.name, changes };
  if (!made)
    await record(tx, {
      ...told,
      action: 'provider.trust_changed',
      subjectKind: 'provider',
      subjectId: provider.id,
      detail,
    });
  const concerned = [
    ...(await otherAdministrators(tx, by.personId)),
    ...(alone ? await ownersOfKnowledge(tx, by.personId) : []),
  ];
  for (const id of new Set(concerned.map((each) => each.id)))
    await record(tx, {
      ...told,
      action: 'provider.trust_changed_by_other',
      subjectKind: 'person',
      subjectId: id,
      detail: { ...detail, providerId: provider.id },
    });
}

const printed = (value: unknown): unknown => (Array.isArray(value) ? value.map(printedOne) : printedOne(value));

function printedOne(value: unknown): unknown {
  if (typeof value !== 'string' || !value.includes('-----BEGIN CERTIFICATE-----')) return value;
  try {
    return `SHA-256 ${new X509Certificate(value).fingerprint256}`;
  } catch {
    return `SHA-256 ${createHash('sha256').update(value).digest('hex')}`;
  }
}
