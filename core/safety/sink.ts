/**
 * A step of the sanitizer. `char` takes one character, `atom` a finished piece that later steps leave as it is.
 * What a step gives depends on the characters alone, never on where the stream was cut.
 */
export type Sink = { char(char: string): void; atom(text: string): void; end(): void };

/** A link that is one of the answer's citations. */
export type AllowedLink = { n: number; url: string };

/** What may end a sentence after an address, and so is not part of it. */
export const CLOSING_MARKS = '.,;:!?*_~\'")]}';

/** Those of them that every reader of markdown leaves out of an address that stands before them. */
export const ENDING_MARKS = '.,;:!?*_~\'")';

/** Feeds a text again, for what turned out to be text after all. */
export function feed(sink: Sink, text: string): void {
  for (const char of text) sink.char(char);
}
