import { computed, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import type { RouteLocationRaw } from 'vue-router';
import type { Me } from '../../../contract/index.ts';
import { useConversations } from '../features/chat/chat.queries.ts';
import { useKnowledgeBases } from '../features/knowledge/knowledge.queries.ts';
import { placesOf } from './navigation.ts';

export type Destination = { key: string; label: string; kind: string; icon: string; to: RouteLocationRaw };

const SHOWN = 50;

/** Where somebody can go whose name holds each typed word; all of it, pages first, while nothing is typed. */
export function useDestinations(me: () => Me, typed: Ref<string>): Ref<Destination[]> {
  const { t } = useI18n();
  const { data: knowledgeBases } = useKnowledgeBases();
  const { conversations } = useConversations();

  const pages = computed(() => [
    ...[...placesOf(me(), 'work'), ...placesOf(me(), 'administration')].map(({ name, icon }) => ({
      key: name,
      label: t(`nav.${name}`),
      kind: t('nav.page'),
      icon,
      to: { name },
    })),
    {
      key: 'account',
      label: t('nav.account'),
      kind: t('nav.page'),
      icon: 'i-lucide-circle-user-round',
      to: { name: 'account' },
    },
  ]);
  const knowledge = computed(() =>
    (knowledgeBases.value ?? []).map(({ id, name }) => ({
      key: id,
      label: name,
      kind: t('nav.knowledgeBase'),
      icon: 'i-lucide-library',
      to: { name: 'knowledge-base', params: { id } },
    })),
  );
  const talks = computed(() =>
    conversations.value.map(({ id, title }) => ({
      key: id,
      label: title || t('chat.untitled'),
      kind: t('nav.conversation'),
      icon: 'i-lucide-message-circle',
      to: { name: 'ask', params: { id } },
    })),
  );

  return computed(() => {
    const wanted = typed.value.toLocaleLowerCase().split(/\s+/u).filter(Boolean);
    return [...pages.value, ...knowledge.value, ...talks.value]
      .filter(({ label }) => wanted.every((word) => label.toLocaleLowerCase().includes(word)))
      .slice(0, SHOWN);
  });
}
