import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { ANSWER_POLICIES } from '../../knowledge/answer-policy.ts';
import { LEVELS } from '../levels.ts';
import { PERMISSION_KEYS } from '../permissions.ts';
import { contradictions, type Problem } from './contradictions.ts';

const name = z.string().trim().min(1).max(200);
const email = z.email().transform((text) => text.toLowerCase());
/** A key that the product doesn't know is refused: a denial with a slip in its name would deny nothing. */
const permission = z.enum(PERMISSION_KEYS, {
  error: (issue) => `"${String(issue.input)}" is no permission; there are ${PERMISSION_KEYS.join(', ')}`,
});
const permissionRules = z
  .strictObject({ allow: z.array(permission).default([]), deny: z.array(permission).default([]) })
  .default({ allow: [], deny: [] });
const groupPermissions = z
  .strictObject({
    allow: z.array(permission).default([]),
    deny: z.array(permission).default([]),
    /** Of what is allowed: what the group's managers hold back. */
    withheld: z.array(permission).default([]),
  })
  .default({ allow: [], deny: [], withheld: [] });
const modelClass = z.string().regex(/^[a-z][a-z0-9_-]*$/, 'must be a class such as small, large or reasoning');

const groupRef = z.strictObject({ group: name });
const personRef = z.strictObject({ person: email });
const owner = z.union([groupRef, personRef], { error: 'must be {group: NAME} or {person: EMAIL}' });
const recipient = z.union([z.literal('everyone'), groupRef, personRef, z.strictObject({ serviceAccount: name })], {
  error: 'must be everyone, {group: NAME}, {person: EMAIL} or {serviceAccount: NAME}',
});
const resource = z.union(
  [z.strictObject({ knowledgeBase: name }), z.strictObject({ model: name, server: name.optional() })],
  {
    error:
      "must be {knowledgeBase: NAME} or {model: NAME, server: NAME}, without a server on each that has it; the model '*' is all of them, later ones too",
  },
);

const filePath = z
  .string()
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\]+$/, 'must be a path below the folder of this file, with forward slashes');
const document = z.union([filePath, z.strictObject({ versions: z.array(filePath).min(2) })], {
  error: 'must be a file path below the folder of this file, or {versions: [OLDEST, …, NEWEST]} with two files or more',
});

/** A company as one file: who there is, what groups may do, which knowledge bases exist and who may use them. */
export const companyFile = z.strictObject({
  company: z.strictObject({ name, domain: z.string().min(1) }).optional(),
  /** A question to try first, who asks it, and the document that answers it, which is ingested before all others. */
  sampleQuestion: z.strictObject({ question: z.string().min(1), as: email, document: filePath }).optional(),
  /** What everyone may do where no group of theirs says otherwise. A group's denial outvotes every group's allowance. */
  permissions: permissionRules,
  groups: z.array(
    z.strictObject({
      name,
      description: z.string().default(''),
      permissions: groupPermissions,
      /** Classes that every model of a member must have; the limits of several groups intersect. Empty: no limit. */
      modelClasses: z.array(modelClass).default([]),
    }),
  ),
  people: z.array(
    z.strictObject({
      email,
      name,
      role: z.enum(['admin', 'user', 'pending']),
      groups: z.array(name).default([]),
      /** Groups of theirs that they manage. */
      manages: z.array(name).default([]),
      active: z.boolean().default(true),
    }),
  ),
  knowledgeBases: z.array(
    z.strictObject({
      name,
      description: z.string().default(''),
      owner,
      answerPolicy: z.enum(ANSWER_POLICIES).default('sources_only'),
      /** Plain text, shown with every answer that cites it. */
      notice: z.string().max(2_000).default(''),
      /** Whether people without a grant may learn that it exists, to ask for access. */
      discoverable: z.boolean().default(false),
      /** Files in the order in which they are ingested; a list of versions is one document, its newest last. */
      documents: z.array(document).default([]),
    }),
  ),
  /** The classes a model of this name is given when a server lists it. */
  models: z.array(z.strictObject({ name, classes: z.array(modelClass).min(1) })).default([]),
  /** Members that are no people; their keys are made by their owners. */
  serviceAccounts: z
    .array(
      z.strictObject({
        name,
        description: z.string().default(''),
        owner,
        groups: z.array(name).default([]),
        active: z.boolean().default(true),
      }),
    )
    .default([]),
  /** `until`: when it ends by itself. */
  grants: z
    .array(z.strictObject({ resource, to: recipient, level: z.enum(LEVELS), until: z.iso.datetime().optional() }))
    .default([]),
  /** What groups and roles of identity providers, by the key of the provider, give here. */
  mappings: z
    .array(
      z.strictObject({
        provider: z.string().min(1),
        toldAs: z.enum(['group', 'role']).default('group'),
        externalId: z.string().min(1),
        label: z.string().default(''),
        to: z.union([groupRef, z.strictObject({ role: z.enum(['user', 'admin']) })], {
          error: 'must be {group: NAME} or {role: user or admin}',
        }),
      }),
    )
    .default([]),
});

export type CompanyFile = z.infer<typeof companyFile>;

/**
 * The company that a YAML text describes, with every name in it resolved: no group, person, knowledge base or file
 * is named that isn't there, none is defined twice. Emails are in lower case.
 * @throws AppError 'bad_input' with a line for every problem at once: where it stands and what to do.
 */
export function parseCompanyFile(yamlText: string): CompanyFile {
  const lines = new LineCounter();
  const yaml = parseDocument(yamlText, { lineCounter: lines, prettyErrors: false });
  const broken = yaml.errors.map(
    (error) => `line ${lines.linePos(error.pos[0]).line}: not valid YAML: ${error.message}`,
  );
  if (broken.length > 0) throw refused(broken);
  const parsed = companyFile.safeParse(yaml.toJS({ maxAliasCount: 100 }));
  const problems: Problem[] = parsed.success ? contradictions(parsed.data) : parsed.error.issues;
  if (!parsed.success || problems.length > 0)
    throw refused(problems.map((problem) => `${place(yaml, lines, problem.path)}: ${problem.message}`));
  return parsed.data;
}

const refused = (problems: string[]): AppError =>
  new AppError('bad_input', `The company file cannot be used:\n${problems.join('\n')}`, { details: { problems } });

/** "line 12, people[3].email"; a thing that is missing is placed at the nearest part that is there. */
function place(yaml: Document, lines: LineCounter, path: readonly PropertyKey[]): string {
  const written = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  for (let depth = path.length; depth >= 0; depth--) {
    const node: unknown = depth === 0 ? yaml.contents : yaml.getIn(path.slice(0, depth), true);
    const range = node && typeof node === 'object' && 'range' in node ? (node.range as [number] | null) : null;
    if (range) return `line ${lines.linePos(range[0]).line}, ${written.replace(/^\./, '') || 'the whole file'}`;
  }
  return written.replace(/^\./, '') || 'the whole file';
}
