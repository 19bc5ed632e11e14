import { expect, test } from 'vitest';
import { parseCompanyFile } from '../../core/access/company/file.ts';
import { AppError } from '../../core/errors.ts';

const GOOD = `company: {name: Example, domain: example.test}
groups:
  - {name: Chemists, permissions: {deny: [chat.file_upload]}, modelClasses: [small]}
people:
  - {email: Ann@Example.test, name: Ann, role: user, groups: [Chemists], manages: [Chemists]}
knowledgeBases:
  - name: Compounds
    owner: {person: ann@example.test}
    documents: [a.md, {versions: [sop-rev2.pdf, sop-rev3.pdf]}]
grants:
  - {resource: {knowledgeBase: Compounds}, to: {group: Chemists}, level: use}
  - {resource: {model: '*'}, to: everyone, level: use}
`;

function problemsOf(text: string): string {
  try {
    parseCompanyFile(text);
  } catch (error) {
    if (error instanceof AppError && error.code === 'bad_input') return error.message;
    throw error;
  }
  throw new Error('the file was accepted');
}

test('a grant to a group that is not there is refused, with its line and what to do', () => {
  const message = problemsOf(GOOD.replace('to: {group: Chemists}', 'to: {group: Chemist}'));
  expect(message).toContain('line 11, grants[0].to.group: no group is named "Chemist"; add it under groups');
});

test('every problem is named at once', () => {
  const message = problemsOf(
    GOOD.replace('owner: {person: ann@', 'owner: {person: bob@').replace('groups: [Chemists]', 'groups: [Buyers]'),
  );
  expect(message).toContain('line 8, knowledgeBases[0].owner.person: no person is named "bob@example.test"');
  expect(message).toContain('line 5, people[0].groups[0]: no group is named "Buyers"');
  expect(message).toContain('line 5, people[0].manages[0]: only members manage');
});

test('everyone is never given more than use', () => {
  const message = problemsOf(`${GOOD}  - {resource: {knowledgeBase: Compounds}, to: everyone, level: manage}\n`);
  expect(message).toContain('line 13, grants[2].level: everyone can only be given use');
});

test('a key that the file format does not have is refused, a password among them', () => {
  expect(problemsOf(GOOD.replace('name: Ann,', 'name: Ann, password: secret-9,'))).toMatch(
    /line 5, people\[0\]: .*password/,
  );
});

test.each([
  [
    'a person twice',
    `${GOOD}`.replace('knowledgeBases:', '  - {email: ann@example.test, name: B, role: user}\nknowledgeBases:'),
    'line 6, people[1].email',
  ],
  [
    'a document that climbs out of the folder',
    GOOD.replace('a.md', '../../etc/passwd'),
    'line 9, knowledgeBases[0].documents[0]',
  ],
  ['a file that stands twice', GOOD.replace('a.md', 'sop-rev2.pdf'), '"sop-rev2.pdf" is there twice'],
  ['an unknown role', GOOD.replace('role: user', 'role: owner'), 'line 5, people[0].role'],
  [
    'a denial of a permission that does not exist',
    GOOD.replace('chat.file_upload', 'chat.file_uploads'),
    'line 3, groups[0].permissions.deny[0]: "chat.file_uploads" is no permission; there are chat.use',
  ],
  ['a missing part', 'company: {name: A, domain: a.test}\n', 'groups'],
  ['broken YAML', 'company: [\n', 'not valid YAML'],
  ['an empty file', '', 'the whole file'],
])('%s is refused', (_what, text, said) => {
  expect(problemsOf(text)).toContain(said);
});

test('a good file gives its people, groups, documents with versions and grants, emails in lower case', () => {
  const file = parseCompanyFile(GOOD);
  expect(file.people).toEqual([
    { email: 'ann@example.test', name: 'Ann', role: 'user', groups: ['Chemists'], manages: ['Chemists'], active: true },
  ]);
  expect(file.groups[0]?.permissions).toEqual({ allow: [], deny: ['chat.file_upload'], withheld: [] });
  expect(file.knowledgeBases[0]).toMatchObject({
    answerPolicy: 'sources_only',
    discoverable: false,
    documents: ['a.md', { versions: ['sop-rev2.pdf', 'sop-rev3.pdf'] }],
  });
  expect(file.grants).toHaveLength(2);
});
