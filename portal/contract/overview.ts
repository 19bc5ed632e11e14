import { z } from 'zod';
import { call } from './call.ts';
import { STAGES } from './documents.ts';

const count = z.int().min(0);

/** What is true of the installation, in numbers without names. Days are UTC, oldest first, days without questions too. */
export const dashboard = z
  .object({
    days: z.array(z.object({ day: z.iso.date(), questions: count, answered: count, notFound: count, failed: count })),
    questions: z.object({ total: count, answered: count, notFound: count, failed: count }),
    /** Median over the days shown, ms; null before the first answer. */
    latency: z.object({ firstTextMs: z.number().nullable(), totalMs: z.number().nullable() }),
    documents: z.object({ total: count, byStage: z.record(z.enum(STAGES), count) }),
    passages: count,
    knowledgeBases: count,
    people: z.object({ total: count, active: count }),
    feedback: z.object({ good: count, bad: count }),
    surfaces: z.array(z.object({ surface: z.string(), questions: count })),
  })
  .meta({ id: 'Dashboard' });
export type Dashboard = z.infer<typeof dashboard>;

export const getDashboard = call({
  method: 'GET',
  path: '/dashboard',
  summary: 'Questions, answers, documents and people in numbers',
  topic: 'Dashboard',
  access: 'all',
  repeats: true,
  query: z.object({ days: z.coerce.number().int().min(1).max(90).default(14) }),
  status: 200,
  answers: dashboard,
});

export const companyChange = z.object({
  kind: z.enum([
    'company',
    'group',
    'person',
    'service_account',
    'membership',
    'knowledge_base',
    'grant',
    'permission',
    'model',
    'mapping',
  ]),
  name: z.string(),
  change: z.enum(['create', 'update', 'skip']),
  /** What changes, or why nothing does. */
  detail: z.string(),
});

export const importCompany = call({
  method: 'POST',
  path: '/company-import',
  summary: 'Groups, people, knowledge bases, permissions and grants from a YAML file; a dry run unless `apply`',
  topic: 'Company',
  access: 'all',
  body: z.object({ yaml: z.string().min(1).max(2_000_000), apply: z.boolean().default(false) }),
  status: 200,
  answers: z
    .object({ applied: z.boolean(), changes: z.array(companyChange), unchanged: count })
    .meta({ id: 'CompanyImport' }),
});

export const exportCompany = call({
  method: 'GET',
  path: '/company-export',
  summary:
    'Groups, people, service accounts, permissions, grants and mappings as a YAML file; importing it again changes nothing',
  topic: 'Company',
  access: 'all',
  status: 200,
  answers: z
    .object({
      yaml: z.string(),
      /** What has no name that a file could use. */
      leftOut: z.array(z.string()),
    })
    .meta({ id: 'CompanyExport' }),
});

export const removeSample = call({
  method: 'DELETE',
  path: '/sample',
  summary: 'Remove the sample company: its people, groups, knowledge bases and documents',
  topic: 'Company',
  access: 'all',
  status: 204,
  answers: null,
});

export const component = z.object({
  name: z.string(),
  state: z.enum(['ok', 'degraded', 'down']),
  detail: z.string(),
});
/** GET /ready, outside /api/v1: 200 where questions can be answered, else 503. */
export const readiness = z.object({ ready: z.boolean(), components: z.array(component) });
export type Readiness = z.infer<typeof readiness>;
