import { describe, expect, test } from 'vitest';
import { closeFence, cutPoint, splitText } from '../../core/conversation/split.ts';

describe('a long answer is cut', () => {
  test('nowhere when it fits', () => {
    expect(splitText('short [1]', 100)).toEqual(['short [1]']);
    expect(cutPoint('short', 100)).toBe(5);
  });

  test('between paragraphs, every part within the limit and nothing lost', () => {
    const paragraphs = Array.from(
      { length: 40 },
      (_, i) => `Paragraph ${i} says something of some length [${(i % 5) + 1}].`,
    );
    const parts = splitText(paragraphs.join('\n\n'), 300);
    expect(parts.length).toBeGreaterThan(5);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(300);
    expect(parts.join('\n\n')).toBe(paragraphs.join('\n\n'));
    for (const part of parts) expect(part).toMatch(/^Paragraph \d+ .*\[\d\]\.$/s);
  });

  test('inside code only so that each part is code by itself', () => {
    const code = `Before\n\n\`\`\`sql\n${Array.from({ length: 60 }, (_, i) => `SELECT ${i};`).join('\n')}\n\`\`\`\n\nAfter [2]`;
    const parts = splitText(code, 250);
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(250);
      expect((part.match(/^```/gm) ?? []).length % 2).toBe(0);
    }
    expect(parts.slice(1, -1).every((part) => part.startsWith('```sql\n'))).toBe(true);
    const lines = parts
      .join('\n')
      .split('\n')
      .filter((line) => line.startsWith('SELECT'));
    expect(lines).toEqual(Array.from({ length: 60 }, (_, i) => `SELECT ${i};`));
  });

  test('at a word where there is no line, and never inside a character', () => {
    for (const part of splitText('word '.repeat(200), 100)) expect(part).toMatch(/^(word ?)+$/);
    const emojis = splitText('😀'.repeat(120), 101);
    expect(emojis.join('')).toBe('😀'.repeat(120));
    for (const part of emojis) expect(part).toMatch(/^(😀)+$/u);
  });

  test('and comes to an end even where a fence opens with an endless line', () => {
    const parts = splitText(`\`\`\`${'x'.repeat(900)}\n${'y'.repeat(900)}`, 200);
    expect(parts.length).toBeLessThan(20);
    expect(closeFence('text')).toEqual({ part: 'text', carry: '' });
  });
});
