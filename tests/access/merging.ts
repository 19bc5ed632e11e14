import type { Context } from '../../core/context.ts';
import { askedOf, confirmByPassword, confirmThrough } from '../../core/identity/merge/confirm.ts';
import { beginSide } from '../../core/identity/merge/merges.sql.ts';
import type { Provider } from '../../core/identity/providers/store.ts';
import { signOn } from '../../core/identity/sign-on.ts';
import { newId } from '../../core/ids.ts';
import type { LevelName } from '../../core/access/levels.ts';
import { createGrant } from '../../core/access/grants.ts';
import { aPerson, OPERATOR, toPerson, type TestPerson } from '../factories/company.ts';
import { aProvider, facts } from '../factories/providers.ts';

export { test } from '../factories/context.ts';

export const PASSWORD = 'a long enough secret';

export const as = (person: { id: string }) => ({ personId: person.id, surface: 'portal' }) as const;

export type Comer = TestPerson & { subject: string; provider: Provider<'oidc'> };

/** An administrator, and somebody who has a local account and came by a provider since. */
export async function twoOfOne(
  ctx: Context,
): Promise<{ admin: TestPerson; local: TestPerson; comer: Comer; provider: Provider<'oidc'> }> {
  const admin = await aPerson(ctx, { role: 'admin' });
  const local = await aPerson(ctx, { password: PASSWORD });
  const provider = await aProvider(ctx, { settings: { newPeople: 'user' } });
  const subject = newId();
  const { person } = await signOn(ctx, provider, facts({ subject, name: local.name, email: local.email }));
  return { admin, local, comer: { ...local, id: person.id, subject, provider }, provider };
}

/** Confirms what this one is asked, by a fresh sign-in of its own kind; gives whether both are one now. */
export async function confirms(ctx: Context, person: TestPerson | Comer): Promise<boolean> {
  const asked = await askedOf(ctx, person.id);
  if (!asked) throw new Error('nothing is asked of them');
  const { id, seen } = asked;
  if (!('provider' in person))
    return confirmByPassword(ctx, person.id, { id, seen, password: PASSWORD, directory: null, address: null });
  const attempt = { id: newId(), purpose: 'confirm', personId: person.id, data: {}, returnTo: '/' } as const;
  await beginSide(ctx.pool, { mergeId: id, personId: person.id, attemptId: attempt.id, seen });
  return confirmThrough(ctx, person.provider, attempt, facts({ subject: person.subject }));
}

/** Both, one after the other; gives whether they are one. */
export async function bothConfirm(ctx: Context, one: TestPerson | Comer, other: TestPerson | Comer): Promise<boolean> {
  await confirms(ctx, one);
  return confirms(ctx, other);
}

export const grantOn = (
  ctx: Context,
  { id }: { id: string },
  to: { id: string },
  level: LevelName,
  expiresAt: Date | null,
) => createGrant(ctx, OPERATOR, { resource: { kind: 'knowledge_base', id }, to: toPerson(to), level, expiresAt });
