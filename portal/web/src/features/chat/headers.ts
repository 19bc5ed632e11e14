import type * as contract from '../../../../contract/index.ts';

/** The headers of the contract; the types keep the two the same. */
export const MESSAGE_ID_HEADER: typeof contract.MESSAGE_ID_HEADER = 'Gatehouse-Message-Id';
export const CONVERSATION_ID_HEADER: typeof contract.CONVERSATION_ID_HEADER = 'Gatehouse-Conversation-Id';
