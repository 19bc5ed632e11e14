/** The same keys, other words. */
export type SameKeys<T> = { readonly [K in keyof T]: T[K] extends string ? string : SameKeys<T[K]> };

type Words = { readonly [key: string]: string | Words };

/** The words of one topic in both languages; a key that one language lacks is a type error. */
export const words = <T extends Words>(en: T, de: SameKeys<T>): { en: T; de: SameKeys<T> } => ({ en, de });
