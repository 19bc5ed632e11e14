import type { Context } from '../../../core/context.ts';
import { createServiceAccount, createServiceKey } from '../../../core/access/service-accounts.ts';
import { breakGlass } from '../../../core/access/break-glass/open.ts';
import { linkForPerson } from '../../../core/access/people.ts';
import { createApiKey } from '../../../core/identity/api-keys.ts';
import { startLink } from '../../../core/identity/chat-accounts.ts';
import { proposeMerge } from '../../../core/identity/merge/propose.ts';
import { addMapping } from '../../../core/identity/providers/mapping.ts';
import { createScimToken } from '../../../core/identity/scim/tokens.ts';
import { openSession } from '../../../core/identity/sessions.ts';
import { signOn } from '../../../core/identity/sign-on.ts';
import { newId } from '../../../core/ids.ts';
import {
  aGrant,
  aGroup,
  aKnowledgeBase,
  aPassage,
  aPerson,
  OPERATOR,
  toPerson,
  type TestPerson,
} from '../../factories/company.ts';
import { aProvider, facts } from '../../factories/providers.ts';

export const REASON = 'Ticket 4711: the owner is away and an auditor asks';
export const PASSWORD = 'a long enough secret';
/** An address at which nobody listens. */
export const NOWHERE = 'http://127.0.0.1:9';
const FROM = { address: null, device: 'test' };

export type House = Awaited<ReturnType<typeof aHouse>>;

/**
 * A company around one group and its knowledge base. The manager looks after both, the contributor was given the knowledge
 * base to contribute to, the user and the administrator nothing. Whoever waits for approval or was deactivated has all that
 * the manager has. What is somebody's own is the manager's. The functions make things anew, for calls that use them up.
 */
export async function aHouse(ctx: Context) {
  const [manager, contributor, user, admin, foreign] = [
    await aPerson(ctx, { name: 'Manager' }),
    await aPerson(ctx, { name: 'Contributor' }),
    await aPerson(ctx, { name: 'User' }),
    await aPerson(ctx, { name: 'Administrator', role: 'admin' }),
    await aPerson(ctx, { name: 'Somebody else' }),
  ];
  const pending = await aPerson(ctx, { name: 'Waiting', role: 'pending' });
  const deactivated = await aPerson(ctx, { name: 'Gone', status: 'deactivated' });
  const colleague = await aPerson(ctx, { name: 'Colleague', password: PASSWORD });
  const group = await aGroup(ctx, {
    members: [colleague],
    managers: [manager, pending, deactivated],
    permissions: { api_keys: 'allow' },
  });
  const freshBase = async () => {
    const base = await aKnowledgeBase(ctx, { ownedByGroup: group });
    await aGrant(ctx, base, toPerson(contributor), 'contribute');
    return base.id;
  };
  const base = await freshBase();
  const passage = await aPassage(ctx, { id: base }, { text: 'The reactor of line seven runs at 37 degrees.' });
  // As a file with pages has it.
  await ctx.db.passage.updateMany({ where: { id: passage.passageId, knowledgeBaseId: base }, data: { page: 1 } });
  await ctx.db.documentVersion.update({ where: { id: passage.versionId }, data: { pages: 1 } });
  const model = async () => {
    const server = await ctx.db.modelServer.create({
      data: { id: newId(), name: `Server ${newId()}`, kind: 'ollama', baseUrl: NOWHERE },
    });
    const made = await ctx.db.model.create({
      data: { id: newId(), serverId: server.id, name: 'any:1b', kind: 'chat' },
    });
    return { server: server.id, model: made.id };
  };
  const conversation = await ctx.db.conversation.create({
    data: { id: newId(), personId: manager.id, surface: 'portal', title: 'Reactors' },
  });
  const message = await ctx.db.message.create({
    data: { id: newId(), conversationId: conversation.id, role: 'assistant', text: 'At 37.', outcome: 'answered' },
  });
  const by = (person: TestPerson) => ({ personId: person.id, surface: 'portal' }) as const;
  const account = async () => {
    const owner = { kind: 'person', id: manager.id } as const;
    const wanted = { name: `Account ${newId()}`, description: '', owner };
    return (await createServiceAccount(ctx, by(admin), wanted)).id;
  };
  const ownAccount = await account();
  const provider = async () => (await aProvider(ctx, { settings: { issuer: 'https://127.0.0.1:9' } })).id;
  const itsProvider = await provider();
  const comer = async () => (await signOn(ctx, await aProvider(ctx), facts())).person.id;
  return {
    people: { manager, contributor, user, admin, foreign, pending, deactivated, colleague },
    group: group.id,
    base,
    passage,
    conversation: conversation.id,
    message: message.id,
    account: ownAccount,
    provider: itsProvider,
    ...(await model()),
    fresh: {
      base: freshBase,
      person: async () => (await aPerson(ctx)).id,
      comer,
      // One at a time names the manager.
      merge: async () => {
        await ctx.db.personMerge.updateMany({ where: { keptId: manager.id }, data: { outcome: 'withdrawn' } });
        return proposeMerge(ctx, by(admin), { kept: manager.id, joining: await comer(), role: null });
      },
      waiting: async () => (await aPerson(ctx, { role: 'pending' })).id,
      group: async () => (await aGroup(ctx)).id,
      member: async () => {
        const person = await aPerson(ctx);
        await ctx.db.membership.create({ data: { groupId: group.id, personId: person.id } });
        return person.id;
      },
      document: async () => {
        const document = await ctx.db.document.create({
          data: { id: newId(), knowledgeBaseId: base, name: `${newId()}.md` },
        });
        const versionId = newId();
        await ctx.db.documentVersion.create({
          data: {
            id: versionId,
            documentId: document.id,
            version: 1,
            fileName: document.name,
            fileKey: versionId,
            sha256: Buffer.alloc(32),
            bytes: 1,
            format: 'markdown',
            stage: 'failed',
          },
        });
        return document.id;
      },
      model,
      account,
      provider,
      grant: async () => {
        const to = await aPerson(ctx);
        return (await aGrant(ctx, { id: base }, toPerson(to))).id;
      },
      link: async () => tokenOf((await linkForPerson(ctx, OPERATOR, (await aPerson(ctx)).id)).url),
      chatLink: async () => {
        const stranger = { externalId: newId(), name: 'Somebody', workspace: 'Acme' };
        return tokenOf((await startLink(ctx, { surface: 'slack', tenantId: 'T1', ...stranger })).url);
      },
      chatAccount: async () => {
        const data = { id: newId(), surface: 'slack', tenantId: 'T1', externalId: newId(), name: 'Somebody' };
        return (await ctx.db.chatAccount.create({ data: { ...data, personId: manager.id } })).id;
      },
      session: async () => (await openSession(ctx, manager.id, FROM)).sessionId,
      key: async () => (await aKey(ctx, manager, 'all')).id,
      serviceKey: async () => {
        const wanted = { name: 'test', scopes: ['search'], days: 1 } as const;
        return (await createServiceKey(ctx, by(manager), ownAccount, { ...wanted, scopes: [...wanted.scopes] })).id;
      },
      request: async () => aRequest(ctx, await aPerson(ctx), base),
      ownRequest: async () => aRequest(ctx, manager, (await aKnowledgeBase(ctx, { ownedBy: await aPerson(ctx) })).id),
      opening: async () => {
        const resource = { kind: 'group', id: (await aGroup(ctx)).id } as const;
        return (await breakGlass(ctx, by(admin), { resource, level: 'use', reason: REASON, minutes: 5 })).id;
      },
      mapping: async () => {
        const to = { groupId: group.id };
        const wanted = { toldAs: 'group', externalId: newId(), label: '', to } as const;
        return (await addMapping(ctx, OPERATOR, itsProvider, wanted)).id;
      },
      scimToken: async () => {
        const id = await provider();
        return { id, tokenId: (await createScimToken(ctx, OPERATOR, id, { name: 'test', days: 1 })).id };
      },
    },
  };
}

const aRequest = async (ctx: Context, { id: personId }: TestPerson, knowledgeBaseId: string): Promise<string> => {
  const asked = { reason: REASON, level: 'use', surface: 'portal', createdAt: new Date() };
  return (await ctx.db.accessRequest.create({ data: { id: newId(), personId, knowledgeBaseId, ...asked } })).id;
};

export const aKey = (ctx: Context, person: TestPerson, scope: 'all' | 'search' | 'models') =>
  createApiKey(ctx, { personId: person.id, name: 'test', scopes: [scope], days: 1, madeBy: 'command_line' });

const tokenOf = (url: string): string => url.split('/').at(-1)!;
