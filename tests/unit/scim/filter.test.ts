import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../../core/identity/scim/filter.ts';
import { parsePath } from '../../../core/identity/scim/path.ts';

const refusedAs = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return (error as { details: { scimType: string } }).details.scimType;
  }
};

describe('a filter', () => {
  test('that is none is refused as one, however it is broken', () => {
    for (const text of [
      '',
      'userName',
      'userName eq',
      'userName eq ada',
      'userName is "ada"',
      'userName eq "ada" or',
      'userName eq "ada" "eve"',
      '(userName eq "ada"',
      'userName eq "ada")',
      'emails[type eq "work"',
      'emails[type eq "work"].value',
      'userName eq "ada',
      'userName eq {"a":1}',
      'not userName eq "ada"',
      `${'('.repeat(500)}userName pr${')'.repeat(500)}`,
      `userName eq "${'x'.repeat(4_000)}"`,
      "userName eq 'ada'; drop table person",
    ])
      expect([text, refusedAs(() => parseFilter(text))]).toEqual([text, 'invalidFilter']);
  });

  test('binds “and” before “or”, keeps brackets, and takes names in any spelling of case', () => {
    expect(parseFilter('userName eq "a\\"b" or active eq True and externalId pr')).toEqual({
      kind: 'or',
      parts: [
        { kind: 'compare', attribute: 'username', comparison: 'eq', value: 'a"b' },
        {
          kind: 'and',
          parts: [
            { kind: 'compare', attribute: 'active', comparison: 'eq', value: true },
            { kind: 'present', attribute: 'externalid' },
          ],
        },
      ],
    });
    expect(parseFilter('NOT (urn:ietf:params:scim:schemas:core:2.0:User:userName SW "j")')).toEqual({
      kind: 'not',
      part: { kind: 'compare', attribute: 'username', comparison: 'sw', value: 'j' },
    });
    expect(parseFilter('emails[type eq "work"].value eq "x"')).toEqual(
      parseFilter('emails[type eq "work" and value eq "x"]'),
    );
  });
});

describe('a path', () => {
  test('that cannot be read is refused', () => {
    for (const path of [
      '',
      'a b',
      'name.given.more',
      'emails[type eq "work"',
      'emails]x[',
      'emails[type eq "x"].a.b',
      '[x]',
    ])
      expect([path, refusedAs(() => parsePath(path))]).toEqual([path, expect.stringMatching(/^invalid(Path|Filter)$/)]);
  });

  test('is attribute, filter and part; the dots in the name of an extension divide nothing', () => {
    expect(parsePath('name.givenName')).toEqual({ attribute: 'name', filter: null, part: 'givenname' });
    expect(parsePath('emails[type eq "work"].value')).toEqual({
      attribute: 'emails',
      filter: { kind: 'compare', attribute: 'type', comparison: 'eq', value: 'work' },
      part: 'value',
    });
    expect(parsePath('urn:ietf:params:scim:schemas:core:2.0:User:active').attribute).toBe('active');
    const department = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department';
    expect(parsePath(department)).toEqual({ attribute: department.toLowerCase(), filter: null, part: null });
  });
});
