import { describe, expect, test } from 'vitest';
import { csvOf } from '../../../portal/web/src/features/requests/csv.ts';
import { dayOf, endOf, isMore } from '../../../portal/web/src/features/requests/ends.ts';

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
