/** A group as a provider names it: an id that never changes there, and the name people know it by where it was told. */
export type ToldGroup = Readonly<{ id: string; label?: string }>;

/**
 * What a provider says about a person, however it says it. Every protocol gives this and nothing else.
 * `missing`: the provider was to tell them and did not; `not_asked`: this provider is not asked for them; `kept`: they come
 * by another way of the same provider, and stay.
 */
export type ProviderFacts = Readonly<{
  /** Never changes and is never given to somebody else. Never an email address. */
  subject: string;
  email?: string;
  /** False where the provider says that nobody checked it; then it is not kept. */
  emailVerified?: boolean;
  name?: string;
  /** BCP 47, such as `de-AT`. */
  language?: string;
  /** An empty list removes; that is not the same as a missing one. */
  groups: readonly ToldGroup[] | 'missing' | 'not_asked' | 'kept';
  roles: readonly string[] | 'missing' | 'not_asked' | 'kept';
  /** Whether the account is usable there. A sign-in alone does not know: it opens no access that SCIM or LDAP have closed. */
  active: boolean | 'not_told';
  /** Entra's tenant and object id, where the provider proved both: the same account in Teams. */
  chat?: Readonly<{ tid: string; oid: string }>;
  /** With which the facts are renewed while nobody signs in. */
  refreshToken?: string;
}>;
