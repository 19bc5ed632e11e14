/** `may_add_general`: what the documents do not say may be added from general knowledge, labelled as such. */
export const ANSWER_POLICIES = ['sources_only', 'may_add_general'] as const;
export type AnswerPolicy = (typeof ANSWER_POLICIES)[number];
