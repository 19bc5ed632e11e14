import { parseCompanyFile } from '../../../core/access/company/file.ts';
import { exportCompany } from '../../../core/access/company/export.ts';
import { importCompany } from '../../../core/access/company/import.ts';
import { demand } from '../../../core/access/decide.ts';
import { removeSample } from '../../../core/access/sample-removal.ts';
import { dashboardOf } from '../../../core/audit/dashboard.ts';
import { STAGES, type Stage } from '../../contract/documents.ts';
import * as contract from '../../contract/overview.ts';
import { actorOf } from '../caller.ts';
import { route } from '../route.ts';

/** The installation as a whole: its numbers, a company file brought in, and the sample taken out. */
export const overviewRoutes = [
  route(contract.getDashboard, async ({ ctx, caller, query }) => {
    await demand(ctx, caller.person.id, 'dashboard.read');
    const { days, surfaces, documents, ...rest } = await dashboardOf(ctx, query.days);
    const byStage = Object.fromEntries(STAGES.map((stage) => [stage, documents.byStage[stage] ?? 0]));
    return {
      ...rest,
      days: [...days],
      surfaces: [...surfaces],
      documents: { total: documents.total, byStage: byStage as Record<Stage, number> },
    };
  }),

  route(contract.importCompany, async ({ ctx, caller, body }) => {
    await demand(ctx, caller.person.id, 'company.import');
    const { changes, unchanged } = await importCompany(ctx, actorOf(caller), parseCompanyFile(body.yaml), {
      dryRun: !body.apply,
    });
    return { applied: body.apply, changes: [...changes], unchanged };
  }),

  route(contract.exportCompany, async ({ ctx, caller }) => {
    await demand(ctx, caller.person.id, 'company.import');
    const { yaml, leftOut } = await exportCompany(ctx, actorOf(caller));
    return { yaml, leftOut: [...leftOut] };
  }),

  route(contract.removeSample, async ({ ctx, caller }) => {
    await demand(ctx, caller.person.id, 'settings.manage');
    await removeSample(ctx, actorOf(caller));
  }),
];
