import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/vue-query';
import { computed } from 'vue';
import type { GrantToReview } from '../../../../contract/index.ts';
import { api } from '../../api/client.ts';
import { decided, type Decision, type Pages } from './decided.ts';

const REVIEWS = ['reviews'] as const;

/** Every grant on what I own, those first that have waited longest. */
export function useReviews() {
  const query = useInfiniteQuery({
    queryKey: [...REVIEWS, 'mine'],
    queryFn: ({ pageParam, signal }) =>
      api('listReviews', { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });
  // One that was kept comes again on the last page.
  const grants = computed(() => [
    ...new Map(
      query.data.value?.pages.flatMap(({ items }) => items.map((grant) => [grant.grantId, grant] as const)),
    ).values(),
  ]);
  return { ...query, grants };
}

/** All of the list, for a file. */
export async function allReviews(): Promise<GrantToReview[]> {
  const all: GrantToReview[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { items: GrantToReview[]; nextCursor: string | null } = await api('listReviews', {
      query: { limit: 100, ...(cursor ? { cursor } : {}) },
    });
    all.push(...page.items);
    cursor = page.nextCursor;
  }
  return all;
}

/** Knowledge bases whose owners have not looked at their grants in time. */
export function useOverdue() {
  const query = useInfiniteQuery({
    queryKey: [...REVIEWS, 'overdue'],
    queryFn: ({ pageParam, signal }) =>
      api('listOverdueReviews', { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  });
  return { ...query, overdue: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
}

function useReviewChange<Input>(change: (input: Input) => Promise<unknown>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => cache.invalidateQueries() });
}

/**
 * What was decided leaves the pages that are loaded, or changes on them; the list is not asked for again, however long it is.
 * Only a decision that failed shows that somebody else has changed something.
 */
export function useDecideGrants() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { grantIds: string[]; decision: Decision }) => api('reviewGrants', { body }),
    onSuccess: (_, { grantIds, decision }) => {
      cache.setQueryData<Pages>([...REVIEWS, 'mine'], (before) => before && decided(before, grantIds, decision));
      return cache.invalidateQueries({
        predicate: ({ queryKey: [first, second] }) => first !== 'reviews' || second !== 'mine',
      });
    },
    onError: () => cache.invalidateQueries({ queryKey: REVIEWS }),
  });
}

export const useReviewDays = () =>
  useReviewChange(({ id, days }: { id: string; days: number | null }) =>
    api('setReviewDays', { params: { id }, body: { days } }),
  );
