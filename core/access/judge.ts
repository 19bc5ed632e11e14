import { PERMISSIONS, type Permission } from './permissions.ts';

/** A rule that speaks of one permission. */
export type Rule = Readonly<{ effect: 'allow' | 'deny'; cause: 'default' | 'group' }>;

/**
 * What the rules that speak of a permission come to: a group's deny wins, from whichever group it comes; then a group's
 * allow; then the installation's default; then the product's. `by`: the rules that decided, none for the product's default.
 */
export function judge<R extends Rule>(key: Permission, speaking: readonly R[]): { allowed: boolean; by: readonly R[] } {
  for (const cause of ['group', 'default'] as const)
    for (const effect of ['deny', 'allow'] as const) {
      const by = speaking.filter((rule) => rule.cause === cause && rule.effect === effect);
      if (by.length > 0) return { allowed: effect === 'allow', by };
    }
  return { allowed: PERMISSIONS[key].byDefault, by: [] };
}
