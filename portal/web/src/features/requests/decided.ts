import type { InfiniteData } from '@tanstack/vue-query';
import type { GrantToReview } from '../../../../contract/index.ts';

export type Decision = { kind: 'keep' } | { kind: 'take_back' } | { kind: 'set_end'; until: string };

export type Pages = InfiniteData<{ items: GrantToReview[]; nextCursor: string | null }>;

/** The loaded pages after a decision: what was taken back is gone, what was kept or given an end is not due any more. */
export function decided(pages: Pages, grantIds: readonly string[], decision: Decision): Pages {
  const after = (grant: GrantToReview): GrantToReview[] => {
    if (!grantIds.includes(grant.grantId)) return [grant];
    if (decision.kind === 'take_back') return [];
    return [{ ...grant, due: false, ...(decision.kind === 'set_end' ? { expiresAt: decision.until } : {}) }];
  };
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: page.items.flatMap(after) })) };
}
