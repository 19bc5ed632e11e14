import type { MESSAGE_ID_HEADER as FromContract } from '../../../../contract/index.ts';

/** The header of the contract; the type keeps the two the same. */
export const MESSAGE_ID_HEADER: typeof FromContract = 'Gatehouse-Message-Id';
