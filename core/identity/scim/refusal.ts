import { AppError } from '../../errors.ts';

/** What RFC 7644 (table 9) calls the ways in which a request is wrong. */
export type ScimType =
  | 'invalidFilter'
  | 'invalidPath'
  | 'invalidSyntax'
  | 'invalidValue'
  | 'mutability'
  | 'noTarget'
  | 'uniqueness';

/** A refusal that a provisioning client understands. The sentence is for the administrator who reads its log: no value of a person in it. */
export const refused = (scimType: ScimType, sentence: string): AppError =>
  new AppError(scimType === 'uniqueness' ? 'conflict' : 'bad_input', sentence, { details: { scimType } });
