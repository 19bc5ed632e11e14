import { keepPreviousData, useQuery } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { api } from '../../api/client.ts';

const FRESH_MS = 30_000;

export const useDashboard = (days: Ref<number>) =>
  useQuery({
    queryKey: computed(() => ['dashboard', days.value]),
    queryFn: () => api('getDashboard', { query: { days: days.value } }),
    placeholderData: keepPreviousData,
    refetchInterval: FRESH_MS,
  });
