import { createHash, X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../access/actor.ts';
import { record } from '../../audit/record.ts';
import type { ProviderId } from '../../ids.ts';
import type { Queryable } from '../../storage/sql.ts';
import { KINDS, type ProviderKind } from './settings.ts';
import { otherAdministrators } from './trust.sql.ts';

/** A setting on which hangs who may say who somebody is, before and after: certificates by their fingerprint. */
export type TrustChange = Readonly<{ setting: string; before: unknown; after: unknown }>;

/** What has changed of whom a provider's kind believes; none where nothing has. */
export const trustChanges = (
  kind: ProviderKind,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): TrustChange[] =>
  KINDS[kind].trust.flatMap((setting) =>
    isDeepStrictEqual(before[setting], after[setting])
      ? []
      : [{ setting, before: printed(before[setting]), after: printed(after[setting]) }],
  );

/**
 * Records that a provider is believed on other grounds than before, and tells every other administrator on their own page.
 * The people who come by it see it on theirs, by the provider's own entry.
 */
export async function recordTrust(
  tx: Queryable,
  by: Actor,
  provider: { id: ProviderId; name: string },
  changes: readonly TrustChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const told = { actorId: by.personId, surface: by.surface } as const;
  const detail = { name: provider.name, changes };
  await record(tx, {
    ...told,
    action: 'provider.trust_changed',
    subjectKind: 'provider',
    subjectId: provider.id,
    detail,
  });
  for (const { id } of await otherAdministrators(tx, by.personId))
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
