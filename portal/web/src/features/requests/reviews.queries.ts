import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/vue-query';
import { computed } from 'vue';
import type { GrantToReview } from '../../../../contract/index.ts';
import { api } from '../../api/client.ts';

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
  return { ...query, grants: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []) };
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

export type Decision = { kind: 'keep' } | { kind: 'take_back' } | { kind: 'set_end'; until: string };

function useReviewChange<Input>(change: (input: Input) => Promise<unknown>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => cache.invalidateQueries() });
}

export const useDecideGrants = () =>
  useReviewChange((body: { grantIds: string[]; decision: Decision }) => api('reviewGrants', { body }));
export const useReviewDays = () =>
  useReviewChange(({ id, days }: { id: string; days: number | null }) =>
    api('setReviewDays', { params: { id }, body: { days } }),
  );
