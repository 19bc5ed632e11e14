import { expect, test } from 'vitest';
import { safeText } from '../../../core/safety/stream.ts';

const ALLOWED = [{ n: 1, url: 'http://localhost:3000/passages/1' }];

// A document or a model that repeats half a link must not hold everybody else up: the work grows with the text, not faster.
test.each(['<http:', '<http:x|', '<a ', '<!', '[a](', '[a](b[', '![', '【'])(
  'a text of nothing but %s is done in time',
  { timeout: 60_000 },
  (half) => {
    expect(safeText(half.repeat(100_000 / half.length), ALLOWED)).not.toContain('<http');
  },
);
