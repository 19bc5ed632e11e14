import { createHash } from 'node:crypto';
import { titleOf } from './names.ts';

/** What the model reads of a passage: the title and heading it stands under belong to what it says. */
export function embeddingText(fileName: string, passage: { heading: string | null; text: string }): string {
  const title = titleOf(fileName);
  const place = passage.heading === null ? title : `${title} › ${passage.heading}`;
  return `${place}\n${passage.text}`;
}

export const textHash = (text: string): Buffer => createHash('sha256').update(text).digest();
