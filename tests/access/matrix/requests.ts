import { newId } from '../../../core/ids.ts';
import { NOWHERE, PASSWORD, REASON, type House } from './house.ts';
import type { RouteName } from './table.ts';

/** What stands in the braces of the path, behind the question mark, and in the body. */
export type Asked = { at?: Record<string, string>; query?: Record<string, string>; body?: unknown; form?: FormData };

const name = () => `Thing ${newId()}`;
const PROVIDER = { enabled: false, maxAgeHours: 12, settings: { issuer: 'https://127.0.0.1:9', clientId: 'us' } };
const aFile = () => {
  const form = new FormData();
  form.set('file', new Blob([`# Reactors ${newId()}`]), `${newId()}.md`);
  return form;
};

/** A request of each route that would be done for whoever may do it. */
export const REQUESTS: Record<RouteName, (house: House) => Asked | Promise<Asked>> = {
  'GET /installation': () => ({}),
  'POST /session': ({ people }) => ({ body: { email: people.colleague.email, password: PASSWORD } }),
  'POST /session/directory': () => ({ body: { provider: 'no-such', login: 'me', password: PASSWORD } }),
  'GET /session': () => ({}),
  'DELETE /session': () => ({}),
  'GET /links/{token}': async ({ fresh }) => ({ at: { token: await fresh.link() } }),
  'POST /links/{token}': async ({ fresh }) => ({ at: { token: await fresh.link() }, body: { password: PASSWORD } }),
  'GET /chat-links/{token}': async ({ fresh }) => ({ at: { token: await fresh.chatLink() } }),
  'POST /chat-links/{token}/claim': async ({ fresh }) => ({ at: { token: await fresh.chatLink() } }),
  'PATCH /account': () => ({ body: { language: null } }),
  'POST /account/password': () => ({ body: { current: PASSWORD, next: `${PASSWORD} of another kind` } }),
  'GET /account/chat-accounts': () => ({}),
  'DELETE /account/chat-accounts/{id}': async ({ fresh }) => ({ at: { id: await fresh.chatAccount() } }),
  'GET /account/sessions': () => ({}),
  'DELETE /account/sessions/{id}': async ({ fresh }) => ({ at: { id: await fresh.session() } }),
  'GET /account/keys': () => ({}),
  'POST /account/keys': () => ({ body: { name: name(), scopes: ['search'], days: 1 } }),
  'DELETE /account/keys/{id}': async ({ fresh }) => ({ at: { id: await fresh.key() } }),
  'GET /account/events': () => ({}),
  'POST /ask': ({ base }) => ({ body: { question: 'How warm is the reactor?', knowledgeBaseIds: [base] } }),
  'POST /messages/{id}/stop': ({ message }) => ({ at: { id: message } }),
  'POST /search': ({ base }) => ({ body: { query: 'reactor', knowledgeBaseIds: [base] } }),
  'GET /conversations': () => ({}),
  'GET /conversations/{id}': ({ conversation }) => ({ at: { id: conversation } }),
  'GET /conversations/{id}/messages': ({ conversation }) => ({ at: { id: conversation } }),
  'PUT /messages/{id}/feedback': ({ message }) => ({ at: { id: message }, body: { feedback: 'good' } }),
  'GET /knowledge-bases': () => ({}),
  'POST /knowledge-bases': ({ group }) => ({ body: { name: name(), ownerGroupId: group } }),
  'GET /knowledge-bases/{id}': ({ base }) => ({ at: { id: base } }),
  'PATCH /knowledge-bases/{id}': ({ base }) => ({ at: { id: base }, body: { notice: 'Look twice' } }),
  'DELETE /knowledge-bases/{id}': async ({ fresh }) => ({ at: { id: await fresh.base() } }),
  'POST /knowledge-bases/{id}/documents': ({ base }) => ({ at: { id: base }, form: aFile() }),
  'GET /knowledge-bases/{id}/documents': ({ base }) => ({ at: { id: base } }),
  'GET /knowledge-bases/{id}/progress': ({ base }) => ({ at: { id: base } }),
  'GET /documents/{id}': ({ passage }) => ({ at: { id: passage.documentId } }),
  'DELETE /documents/{id}': async ({ fresh }) => ({ at: { id: await fresh.document() } }),
  'POST /documents/{id}/retry': async ({ fresh }) => ({ at: { id: await fresh.document() } }),
  'GET /documents/{id}/file': ({ passage }) => ({ at: { id: passage.documentId } }),
  'GET /passages/{id}': ({ passage }) => ({ at: { id: passage.passageId } }),
  'GET /documents/{id}/pages/{page}': ({ passage }) => ({ at: { id: passage.documentId, page: '1' } }),
  'GET /people': () => ({}),
  'POST /people': () => ({ body: { name: name(), email: `${newId()}@example.com` } }),
  'GET /people/{id}': ({ people }) => ({ at: { id: people.colleague.id } }),
  'PATCH /people/{id}': ({ people }) => ({ at: { id: people.colleague.id }, body: { name: 'Colleague' } }),
  'DELETE /people/{id}': async ({ fresh }) => ({ at: { id: await fresh.person() } }),
  'GET /people/{id}/owned': ({ people }) => ({ at: { id: people.colleague.id } }),
  'POST /people/{id}/deactivation': async ({ fresh }) => ({ at: { id: await fresh.person() }, body: {} }),
  'POST /people/{id}/link': async ({ fresh }) => ({ at: { id: await fresh.person() } }),
  'GET /directory': () => ({ query: { q: 'Colleague' } }),
  'GET /groups': () => ({}),
  'POST /groups': () => ({ body: { name: name(), description: '' } }),
  'GET /groups/{id}': ({ group }) => ({ at: { id: group } }),
  'PATCH /groups/{id}': ({ group }) => ({ at: { id: group }, body: { description: 'Ours' } }),
  'DELETE /groups/{id}': async ({ fresh }) => ({ at: { id: await fresh.group() } }),
  'GET /groups/{id}/members': ({ group }) => ({ at: { id: group } }),
  'POST /groups/{id}/members': async ({ group, fresh }) => ({
    at: { id: group },
    body: { personId: await fresh.person() },
  }),
  'PATCH /groups/{id}/members/{personId}': async ({ group, fresh }) => ({
    at: { id: group, personId: await fresh.member() },
    body: { manager: true },
  }),
  'DELETE /groups/{id}/members/{personId}': async ({ group, fresh }) => ({
    at: { id: group, personId: await fresh.member() },
  }),
  'GET /permissions': () => ({}),
  'PUT /permissions': () => ({ body: { rules: { 'tools.code': 'inherit' } } }),
  'GET /groups/{id}/permissions': ({ group }) => ({ at: { id: group } }),
  'PUT /groups/{id}/permissions': ({ group }) => ({ at: { id: group }, body: { rules: { api_keys: 'allow' } } }),
  'GET /groups/{id}/allowed-elsewhere': ({ group }) => ({ at: { id: group } }),
  'GET /groups/{id}/members/{personId}/preview': ({ group, people }) => ({
    at: { id: group, personId: people.user.id },
  }),
  'GET /grants': ({ base }) => ({ query: { resourceKind: 'knowledge_base', resourceId: base } }),
  'POST /grants': async ({ base, fresh }) => ({
    body: { resource: { kind: 'knowledge_base', id: base }, to: { kind: 'person', id: await fresh.person() } },
  }),
  'DELETE /grants/{id}': async ({ fresh }) => ({ at: { id: await fresh.grant() } }),
  'GET /models': () => ({}),
  'PATCH /models/{id}': ({ model }) => ({ at: { id: model }, body: { classes: ['large'] } }),
  'GET /model-servers': () => ({}),
  'POST /model-servers': () => ({ body: { name: name(), kind: 'openai', baseUrl: NOWHERE } }),
  'POST /model-servers/{id}/test': ({ server }) => ({ at: { id: server } }),
  'DELETE /model-servers/{id}': async ({ fresh }) => ({ at: { id: (await fresh.model()).server } }),
  'GET /explain': ({ base, people }) => ({
    query: { person: people.colleague.id, action: 'knowledge.read', resource: base },
  }),
  'GET /access/knowledge-bases': () => ({}),
  'PUT /knowledge-bases/{id}/owner': async ({ fresh, people }) => ({
    at: { id: await fresh.base() },
    body: { kind: 'person', id: people.colleague.id },
  }),
  'GET /knowledge-bases/{id}/access': ({ base }) => ({ at: { id: base } }),
  'GET /knowledge-bases/{id}/access/summary': ({ base }) => ({ at: { id: base } }),
  'POST /view-as': ({ people }) => ({ body: { kind: 'person', id: people.colleague.id } }),
  'GET /view-as': () => ({}),
  'DELETE /view-as': () => ({}),
  'POST /break-glass': async ({ fresh }) => ({
    body: { resource: { kind: 'knowledge_base', id: await fresh.base() }, reason: REASON, minutes: 5 },
  }),
  'GET /break-glass': () => ({}),
  'DELETE /break-glass/{id}': async ({ fresh }) => ({ at: { id: await fresh.opening() } }),
  'GET /service-accounts': () => ({}),
  'POST /service-accounts': ({ people }) => ({
    body: { name: name(), owner: { kind: 'person', id: people.manager.id } },
  }),
  'GET /service-accounts/{id}': ({ account }) => ({ at: { id: account } }),
  'PATCH /service-accounts/{id}': ({ account }) => ({ at: { id: account }, body: { description: 'Reads along' } }),
  'DELETE /service-accounts/{id}': async ({ fresh }) => ({ at: { id: await fresh.account() } }),
  'GET /service-accounts/{id}/keys': ({ account }) => ({ at: { id: account } }),
  'POST /service-accounts/{id}/keys': ({ account }) => ({ at: { id: account }, body: { name: name(), days: 1 } }),
  'DELETE /service-accounts/{id}/keys/{keyId}': async ({ account, fresh }) => ({
    at: { id: account, keyId: await fresh.serviceKey() },
  }),
  'GET /dashboard': () => ({}),
  'POST /company-import': () => ({ body: { yaml: 'groups: []\npeople: []\nknowledgeBases: []', apply: false } }),
  'GET /company-export': () => ({}),
  'DELETE /sample': () => ({}),
  'GET /providers': () => ({}),
  'GET /provider-kinds': () => ({}),
  'POST /providers': () => ({ body: { ...PROVIDER, name: name(), key: `p-${newId().slice(-8)}`, kind: 'oidc' } }),
  'GET /providers/{id}': ({ provider }) => ({ at: { id: provider } }),
  'PUT /providers/{id}': ({ provider }) => ({ at: { id: provider }, body: { ...PROVIDER, name: name() } }),
  'DELETE /providers/{id}': async ({ fresh }) => ({ at: { id: await fresh.provider() } }),
  'GET /providers/{id}/mappings': ({ provider }) => ({ at: { id: provider } }),
  'POST /providers/{id}/mappings': ({ provider, group }) => ({
    at: { id: provider },
    body: { toldAs: 'group', externalId: newId(), label: '', to: { groupId: group } },
  }),
  'DELETE /providers/{id}/mappings/{mappingId}': async ({ provider, fresh }) => ({
    at: { id: provider, mappingId: await fresh.mapping() },
  }),
  'POST /providers/{id}/test': ({ provider }) => ({ at: { id: provider } }),
  'GET /providers/{id}/trials/{trialId}': ({ provider }) => ({ at: { id: provider, trialId: newId() } }),
  'GET /providers/{id}/scim-tokens': ({ provider }) => ({ at: { id: provider } }),
  'POST /providers/{id}/scim-tokens': ({ provider }) => ({ at: { id: provider }, body: { name: name(), days: 1 } }),
  'DELETE /providers/{id}/scim-tokens/{tokenId}': async ({ fresh }) => ({
    at: await fresh.scimToken(),
  }),
  'POST /saml-metadata': () => ({ body: { xml: '<no-metadata/>' } }),
};
