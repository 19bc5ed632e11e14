import { describe, expect, test } from 'vitest';
import { csvOf } from '../../../portal/web/src/features/requests/csv.ts';
import { dayOf, endOf, isMore } from '../../../portal/web/src/features/requests/ends.ts';
import { decided } from '../../../portal/web/src/features/requests/decided.ts';

describe('the loaded pages of a review', () => {
  const grant = (grantId: string) =>
    ({ grantId, due: true, expiresAt: null }) as Parameters<typeof decided>[0]['pages'][0]['items'][0];
  const pages = {
    pages: [
      { items: [grant('a'), grant('b')], nextCursor: 'next' },
      { items: [grant('c')], nextCursor: null },
    ],
    pageParams: ['', 'next'],
  };

  test('change with a decision, and nothing else on them', () => {
    const shown = (ids: string[], decision: Parameters<typeof decided>[2]) =>
      decided(pages, ids, decision).pages.flatMap(({ items }) =>
        items.map(({ grantId, due, expiresAt }) => [grantId, due, expiresAt]),
      );
    const [a, b, c] = [
      ['a', true, null],
      ['b', true, null],
      ['c', true, null],
    ];
    expect(shown(['b'], { kind: 'keep' })).toEqual([a, ['b', false, null], c]);
    expect(shown(['a', 'c'], { kind: 'take_back' })).toEqual([b]);
    const until = '2027-04-05T10:00:00.000Z';
    expect(shown(['c'], { kind: 'set_end', until })).toEqual([a, b, ['c', false, until]]);
    expect(decided(pages, ['a'], { kind: 'take_back' })).toMatchObject({
      pageParams: ['', 'next'],
      pages: [{ nextCursor: 'next' }, {}],
    });
  });
});

describe('the file of a review', () => {
  test('lets no name be a formula, and keeps commas, quotes and lines inside their cell', () => {
    expect(csvOf([['=HYPERLINK("x")', '+1', '-1', '@a', 'Smith, "Al"', 'a\nb', 'plain']])).toBe(
      '\uFEFF"\'=HYPERLINK(""x"")",\'+1,\'-1,\'@a,"Smith, ""Al""","a\nb",plain\r\n',
    );
  });
});

describe('the end of a right', () => {
  test('is the last moment of the day, and what was asked for where the day is the same', () => {
    const asked = new Date(2027, 3, 5, 12, 30).toISOString();
    expect(dayOf(asked)).toBe('2027-04-05');
    expect(endOf('2027-04-05', asked)).toBe(asked);
    expect(endOf('2027-04-06', asked)).toBe(new Date(2027, 3, 6, 23, 59, 59).toISOString());
    expect([endOf('', asked), dayOf(null)]).toEqual([null, '']);
  });

  test('is more than asked for where it is later or none, or the level is higher', () => {
    const asked = { level: 'contribute', until: '2027-04-05T10:00:00.000Z' } as const;
    expect(isMore(asked, asked)).toBe(false);
    expect(isMore({ ...asked, level: 'use' }, asked)).toBe(false);
    expect(isMore({ ...asked, level: 'manage' }, asked)).toBe(true);
    expect(isMore({ ...asked, until: null }, asked)).toBe(true);
    expect(isMore({ ...asked, until: '2027-04-06T10:00:00.000Z' }, asked)).toBe(true);
    expect(isMore(asked, { ...asked, until: null })).toBe(false);
  });
});
