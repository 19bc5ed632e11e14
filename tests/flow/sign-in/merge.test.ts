import { decodeJwt } from 'jose';
import { describe, expect } from 'vitest';
import { askedOf } from '../../../core/identity/merge/confirm.ts';
import { proposeMerge } from '../../../core/identity/merge/propose.ts';
import { aPerson } from '../../factories/company.ts';
import type { Account } from '../../fakes/oidc/provider.ts';
import { problemOf, somebody, test, type House, type Visitor } from './house.ts';

const PASSWORD = 'a long enough secret';

/** Somebody with a local account who is signed in by the provider too, and asked whether both are theirs. */
async function asked({ ctx, browser }: House) {
  const [admin, local] = [await aPerson(ctx, { role: 'admin' }), await aPerson(ctx, { password: PASSWORD })];
  const [visitor, account] = [browser(), somebody({ name: local.name, email: local.email })];
  await visitor.signIn(account);
  const { person } = (await visitor.call('GET', '/session')).body;
  const id = await proposeMerge(
    ctx,
    { personId: admin.id, surface: 'portal' },
    { kept: person.id, joining: local.id, role: null },
  );
  return { admin, local, visitor, account, person, id };
}

/** Begins to confirm at the provider; gives where the browser is sent, its cookie kept. */
async function begin({ ctx }: House, visitor: Visitor): Promise<string> {
  const { asked: what } = (await visitor.call('GET', '/account/standing')).body;
  const identity = what.you.identities.find(({ provider }: { provider: string | null }) => provider !== null).id;
  const answer = await visitor.call('POST', `/account/merges/${what.id}/sign-in`, { seen: what.seen, identity });
  expect(answer.status).toBe(201);
  const jar = visitor.cookies(new URL(ctx.config.PUBLIC_URL).host);
  for (const line of answer.headers.getSetCookie()) {
    const [pair = ''] = line.split(';');
    jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
  }
  return answer.body.url;
}

const says = ({ idp }: House, account: Account) => {
  idp.person = account;
  idp.says(account);
};

describe('an account of a provider is confirmed by a new sign-in there', () => {
  test('not by somebody else’s, nor by one that the provider only remembered or does not date', async ({ house }) => {
    const { ctx, idp } = house;
    const { visitor, person, account } = await asked(house);
    const stillAsked = async () => (await askedOf(ctx, person.id))?.confirmed;
    says(house, account);
    for (const auth_time of [Math.floor(Date.now() / 1_000) - 3_600, undefined]) {
      idp.bend = async (answer) => ({
        ...answer,
        id_token: await idp.sign({ ...decodeJwt(answer.id_token!), auth_time }),
      });
      const old = await visitor.visit(await begin(house, visitor));
      expect(old.url.searchParams.get('problem')).toBe('not_trusted');
    }
    idp.bend = null;
    says(house, somebody());
    const stranger = await visitor.visit(await begin(house, visitor));
    expect(stranger.url.searchParams.get('problem')).toBe('somebody_else');
    expect(await stillAsked()).toBe(false);
  });

  test('not twice by the same answer, not in another browser, and of two windows only in the later one', async ({
    house,
  }) => {
    const { ctx } = house;
    const { visitor, person, account } = await asked(house);
    says(house, account);
    const [first, later] = [await begin(house, visitor), await begin(house, visitor)];
    const elsewhere = await house.browser().visit(later);
    expect(problemOf(elsewhere)).toBe('sign_in_expired');
    expect((await visitor.visit(first)).url.searchParams.get('problem')).toBe('sign_in_expired');
    expect((await askedOf(ctx, person.id))?.confirmed).toBe(false);
    let back = '';
    await visitor.visit(later, {
      stopBefore: (url) => {
        back = url.pathname.endsWith('/callback') ? url.href : back;
        return false;
      },
    });
    expect((await askedOf(ctx, person.id))?.confirmed).toBe(true);
    const again = await visitor.visit(back);
    expect(problemOf(again)).toBe('sign_in_expired');
  });

  test('and with the password of the other one both are one, who signs in anew', async ({ house }) => {
    const { api } = house;
    const { local, visitor, person, account } = await asked(house);
    says(house, account);
    const client = await api.session(local);
    const { asked: shown } = (await client.call('GET', '/account/standing')).body;
    expect(shown).toMatchObject({ you: { id: local.id }, other: { id: person.id }, kept: false, role: 'user' });
    const confirm = (password: string) =>
      client.call('POST', `/account/merges/${shown.id}/confirmation`, { seen: shown.seen, password });
    expect((await confirm('not the right one')).status).toBe(401);
    expect((await confirm(PASSWORD)).body).toEqual({ merged: false });
    const landed = await visitor.visit(await begin(house, visitor));
    expect(landed.url.pathname + landed.url.search).toBe('/sign-in?joined=1');
    expect((await visitor.call('GET', '/session')).status).toBe(401);
    expect((await client.call('GET', '/session')).status).toBe(401);
    await visitor.signIn(account);
    expect((await visitor.call('GET', '/session')).body.person.id).toBe(person.id);
  });
});
