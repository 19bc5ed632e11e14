import type { KnowledgeBaseId, PersonId } from '../ids.ts';

declare const minted: unique symbol;

/**
 * The only key to text: what reads passages takes one, and only core/access makes one.
 * `knowledgeBaseIds` may be empty: then nothing may be read, and nothing is.
 */
export type AccessScope = Readonly<{
  personId: PersonId;
  knowledgeBaseIds: readonly KnowledgeBaseId[];
  [minted]: true;
}>;

/** Makes a scope. For core/access alone: a lint rule keeps others away. */
export const mintScope = (personId: PersonId, knowledgeBaseIds: readonly KnowledgeBaseId[]): AccessScope =>
  Object.freeze({ personId, knowledgeBaseIds: Object.freeze([...knowledgeBaseIds]) }) as AccessScope;

/** The part of a scope that a question asks for: never more than the scope. */
export const narrowScope = (scope: AccessScope, wanted: readonly KnowledgeBaseId[]): AccessScope =>
  mintScope(
    scope.personId,
    scope.knowledgeBaseIds.filter((id) => wanted.includes(id)),
  );

/**
 * Who reads what is said in a place.
 * `members`: these people; with `unlinked` also somebody whose person is not known, who has what everyone has.
 * `everyone`: anybody of the company may open it. `nobody`: strangers are there, or the list could not be read whole.
 */
export type Audience =
  | { kind: 'members'; personIds: readonly PersonId[]; unlinked: boolean }
  | { kind: 'everyone' }
  | { kind: 'nobody' };

export type Place = { kind: 'private' } | { kind: 'shared'; audience: Audience };

export const PRIVATE: Place = { kind: 'private' };
