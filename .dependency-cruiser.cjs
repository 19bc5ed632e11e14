/** Which folder may know which. A rule's comment is what its offender reads. */
const server = '^(core|bots|workers|prisma|portal/api)';
const words = '^core/(access/levels|knowledge/answer-policy)\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'core-knows-no-app',
      severity: 'error',
      comment: 'core is the product; apps are built on it, never the other way.',
      from: { path: '^core/' },
      to: { path: '^(bots|portal|workers|scripts|tests)/' },
    },
    {
      name: 'bots-apart',
      severity: 'error',
      comment: 'Slack and Teams share what is in core, nothing else.',
      from: { path: '^bots/(slack|teams)/' },
      to: { path: '^bots/(slack|teams)/', pathNot: '^bots/$1/' },
    },
    {
      name: 'apps-apart',
      severity: 'error',
      comment: 'The three parts run alone too: only the start puts them together.',
      from: { path: '^(bots|portal|workers)/' },
      to: { path: '^(bots|portal|workers)/', pathNot: '^$1/' },
    },
    {
      name: 'pages-know-the-contract-only',
      severity: 'error',
      comment: 'What the browser gets may hold nothing of the server.',
      from: { path: '^portal/web/' },
      to: { path: `${server}|^(scripts|tests)/` },
    },
    {
      name: 'contract-knows-no-server',
      severity: 'error',
      comment: 'The contract is read by the browser: of the server it knows lists of words that import nothing.',
      from: { path: '^portal/contract/' },
      to: { path: `${server}|^portal/web/`, pathNot: words },
    },
    {
      name: 'words-need-nothing',
      severity: 'error',
      comment: 'The contract, and so the browser, reads these files of the core.',
      from: { path: words },
      to: {},
    },
    {
      name: 'contract-needs-no-node',
      severity: 'error',
      comment: 'The contract is read by the browser.',
      from: { path: '^portal/contract/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'program-knows-no-tests',
      severity: 'error',
      comment: 'Tests know the program, not the other way.',
      from: { path: '^(core|bots|portal|workers|scripts)/', pathNot: '^scripts/(bench|test-live)' },
      to: { path: '^tests/' },
    },
    {
      name: 'botbuilder-in-teams-only',
      severity: 'error',
      comment: "Teams' library stays behind bots/teams.",
      from: { pathNot: '^(bots/teams|tests)/' },
      to: { path: 'node_modules/(botbuilder|botframework-[a-z]+)/' },
    },
    {
      name: 'slack-in-slack-only',
      severity: 'error',
      comment: "Slack's libraries stay behind bots/slack.",
      from: { pathNot: '^(bots/slack|tests)/' },
      to: { path: 'node_modules/@slack/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      comment: 'Two files that need each other are one, or need a third.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'Not there, or not in package.json.',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(virtual:|#|@/|local-slack)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(prisma/generated|portal/web/(dist|node_modules))' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.vue', '.d.ts', '.json'],
    },
  },
};
