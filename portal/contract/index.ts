/** What API and portal agree on: every call with the shapes it takes and gives. Nothing here needs a server. */
export * from './access.ts';
export * from './account.ts';
export * from './ask.ts';
export * from './break-glass.ts';
export * from './call.ts';
export * from './conversations.ts';
export * from './documents.ts';
export * from './grants.ts';
export * from './groups.ts';
export * from './knowledge.ts';
export * from './models.ts';
export * from './overview.ts';
export * from './passages.ts';
export * from './people.ts';
export * from './permissions.ts';
export * from './session.ts';
export * from './shapes.ts';
