import express, { type Express } from 'express';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { startSlack } from '../../../bots/slack/main.ts';
import { startTeams } from '../../../bots/teams/main.ts';
import { openSession } from '../../../core/identity/sessions.ts';
import { createScimToken, revokeScimToken } from '../../../core/identity/scim/tokens.ts';
import { newId } from '../../../core/ids.ts';
import { createApi } from '../../../portal/api/app.ts';
import { cookieName, csrfTokenOf } from '../../../portal/api/caller.ts';
import { routes } from '../../../portal/api/routes.ts';
import { aPerson, OPERATOR } from '../../factories/company.ts';
import { test as inContext, type TestContext } from '../../factories/context.ts';
import { aProvider } from '../../factories/providers.ts';
import { aScimGroup, aScimUser, patch } from '../../factories/scim.ts';
import { startFakeSlack } from '../../fakes/slack/slack.ts';
import { BOT_TOKEN, SIGNING_SECRET } from '../../fakes/slack/workspace.ts';
import { startFakeTeams } from '../../fakes/teams/teams.ts';
import { APP_ID, TENANT } from '../../fakes/teams/tenant.ts';
import { addressesOf } from './addresses.ts';
import { aKey } from './house.ts';
import { DOORS, PROVISIONING, PROVISIONERS, VISITORS } from './doors.ts';

type Visitor = (typeof VISITORS)[number];
type Provisioner = (typeof PROVISIONERS)[number];
type Program = { url: string; addresses: string[] };

/** All that listens in one program: portal, API, sign-in, provisioning, Slack and Teams. */
const test = inContext.extend<{ $file: { program: Program } }>({
  program: [
    async ({ ctx }, use) => {
      const [slack, teams] = [await startFakeSlack(), await startFakeTeams()];
      const config = {
        ...ctx.config,
        SLACK_MODE: 'http',
        SLACK_BOT_TOKEN: BOT_TOKEN,
        SLACK_SIGNING_SECRET: SIGNING_SECRET,
        SLACK_API_URL: slack.url,
        TEAMS_MODE: 'cloud',
        TEAMS_APP_ID: APP_ID,
        TEAMS_APP_PASSWORD: 'a-password-of-the-bot',
        TEAMS_TENANT_ID: TENANT,
      } as const;
      const app: Express = express();
      const bots = [await startSlack({ ...ctx, config }, app), await startTeams({ ...ctx, config }, app, teams.cloud)];
      const api = createApi(ctx, { withPortal: true });
      const addresses = [...addressesOf(app), ...addressesOf(api)];
      app.use(api);
      const server = app.listen(0, '127.0.0.1');
      await once(server, 'listening');
      await use({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, addresses });
      server.closeAllConnections();
      server.close();
      for (const bot of bots) await bot.stop();
      await Promise.all([slack.close(), teams.close()]);
    },
    { scope: 'file' },
  ],
});

const call = async (
  { url }: Program,
  address: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<number> => {
  const [method = '', path = ''] = address.split(' ');
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
  await response.body?.cancel();
  return response.status;
};

test('the tables have every address of the program, and no other', ({ program }) => {
  const ofApi = routes.map(({ call: { method, path } }) => `${method} /api/v1${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
  const others = program.addresses.filter((address) => !ofApi.includes(address));
  expect(others.toSorted()).toEqual([...Object.keys(DOORS), ...Object.keys(PROVISIONING)].toSorted());
  expect(program.addresses).toEqual(expect.arrayContaining(ofApi));
});

test('no session and no key of ours opens a door that is for others', async ({ ctx, program }) => {
  const bring = await visitorsOf(ctx);
  const wrong: string[] = [];
  for (const [address, expected] of Object.entries(DOORS)) {
    const answered: number[] = [];
    for (const visitor of VISITORS)
      answered.push(await call(program, address.replace(':key', 'no-such'), bring[visitor], bodyOf(address)));
    if (!answered.every((status) => [expected].flat().includes(status)))
      wrong.push(`'${address}': ${answered.join(', ')}`);
  }
  expect(wrong).toEqual([]);
});

const bodyOf = (address: string): object | undefined => (address.startsWith('POST') ? {} : undefined);

async function visitorsOf(ctx: TestContext): Promise<Record<Visitor, Record<string, string>>> {
  const [user, admin] = [await aPerson(ctx), await aPerson(ctx, { role: 'admin' })];
  const session = async ({ id }: { id: string }) => {
    const { token } = await openSession(ctx, id, { address: null, device: 'test' });
    return { Cookie: `${cookieName(ctx.config.PUBLIC_URL)}=${token}`, 'X-CSRF-Token': csrfTokenOf(token) };
  };
  const { key } = await aKey(ctx, admin, 'all');
  return {
    nobody: {},
    user: await session(user),
    admin: await session(admin),
    'key of an admin': { Authorization: `Bearer ${key}` },
  };
}

test('only the token of a provider provisions, and only what is its own', async ({ ctx, program }) => {
  const visitors = await visitorsOf(ctx);
  const [own, other] = [await aProvider(ctx), await aProvider(ctx)];
  const token = async (provider: { id: string }) => {
    const made = await createScimToken(ctx, OPERATOR, provider.id, { name: 'test', days: 1 });
    return { ...made, brought: { Authorization: `Bearer ${made.token}` } };
  };
  const [ofOwn, ofOther, revoked] = [await token(own), await token(other), await token(own)];
  await revokeScimToken(ctx, OPERATOR, own.id, revoked.id);
  const bring: Record<Provisioner, Record<string, string>> = {
    nobody: visitors.nobody,
    'admin of ours': visitors.admin,
    'key of an admin': visitors['key of an admin'],
    revoked: revoked.brought,
    'another provider': ofOther.brought,
    'the provider': ofOwn.brought,
  };
  const make = async (what: 'Users' | 'Groups', body: object): Promise<string> => {
    const response = await fetch(`${program.url}/scim/v2/${what}`, {
      method: 'POST',
      headers: { ...ofOwn.brought, 'Content-Type': 'application/scim+json' },
      body: JSON.stringify(body),
    });
    return ((await response.json()) as { id: string }).id;
  };
  const wrong: string[] = [];
  for (const [address, expected] of Object.entries(PROVISIONING)) {
    const [method, path = ''] = address.split(' ');
    const answered: number[] = [];
    for (const provisioner of PROVISIONERS) {
      const what = path.includes('/Users') ? 'Users' : 'Groups';
      const thing = what === 'Users' ? aScimUser() : aScimGroup();
      const id = path.endsWith(':id') ? await make(what, thing) : '';
      const change = patch({ op: 'replace', path: 'displayName', value: newId() });
      // Who is made is somebody new each time; who is replaced stays themself.
      const bodies: Record<string, object> = {
        POST: what === 'Users' ? aScimUser() : aScimGroup(),
        PUT: thing,
        PATCH: change,
      };
      const body = bodies[method ?? ''];
      const named = path.includes('/Schemas/') ? 'urn:ietf:params:scim:schemas:core:2.0:User' : 'User';
      const at = address.replace(':id', id).replace(':name', named);
      answered.push(await call(program, at, bring[provisioner], body));
    }
    if (String(answered) !== String(expected)) wrong.push(`'${address}': [${answered.join(', ')}],`);
  }
  expect(wrong).toEqual([]);
});
