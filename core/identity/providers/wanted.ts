import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../errors.ts';
import { KINDS, type ProviderKind, type SettingsOf } from './settings.ts';

type Change = Readonly<Record<string, string | null>> | undefined;
type Open = Readonly<Record<string, unknown>>;

/** The settings of a kind as somebody gave them. @throws AppError 'bad_input' with the fields that are wrong. */
export function settingsOf(kind: ProviderKind, given: unknown): SettingsOf<ProviderKind> {
  const parsed = KINDS[kind].settings.strict().safeParse(given);
  if (!parsed.success) throw wrong('settings', parsed.error.issues);
  return parsed.data;
}

/** The secrets of a kind after a change: those left out stay, null takes one away. @throws AppError 'bad_input' with the fields that are wrong. */
export function secretsOf(kind: ProviderKind, before: Open, change: Change): Record<string, unknown> {
  const kept = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null);
  const parsed = KINDS[kind].secrets.strict().safeParse(Object.fromEntries(kept));
  if (!parsed.success) throw wrong('secrets', parsed.error.issues);
  return parsed.data;
}

/**
 * A kept secret never goes anywhere else than where it was entered for: else whoever may change an address would read it there.
 * @throws AppError 'bad_input' with each that has to be entered again, or taken away.
 */
export function refuseMovedSecrets(kind: ProviderKind, secrets: Open, before: Open, after: Open, change: Change): void {
  const goesTo: Readonly<Record<string, readonly string[]>> = KINDS[kind].goesTo;
  const moved = Object.entries(goesTo).filter(
    ([name, settings]) =>
      secrets[name] !== undefined &&
      change?.[name] === undefined &&
      settings.some((setting) => !isDeepStrictEqual(before[setting], after[setting])),
  );
  if (moved.length > 0)
    throw wrong(
      'secrets',
      moved.map(([name, settings]) => ({
        path: [name],
        message: `must be entered again: it would go elsewhere, or less protected, by ${settings.join(', ')}`,
      })),
    );
}

function wrong(part: string, issues: readonly { path: PropertyKey[]; message: string }[]): AppError {
  const errors = issues.map(({ path, message }) => ({ path: [part, ...path.map(String)].join('.'), message }));
  return new AppError('bad_input', `This cannot be used: ${errors.map((e) => `${e.path}: ${e.message}`).join('; ')}`, {
    details: { errors },
  });
}
