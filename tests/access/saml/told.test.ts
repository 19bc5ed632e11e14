import { describe, expect } from 'vitest';
import type { Context } from '../../../core/context.ts';
import { samlFacts } from '../../../core/identity/saml/facts.ts';
import type { Returned } from '../../../core/identity/saml/sign-in.ts';
import { signOn } from '../../../core/identity/sign-on.ts';
import { addMapping } from '../../../core/identity/providers/mapping.ts';
import { aGroup, OPERATOR } from '../../factories/company.ts';
import { test } from '../../factories/context.ts';
import {
  ALGORITHM,
  assertionXml,
  CBC,
  encrypted,
  GCM,
  keysOf,
  newXmlId,
  responseXml,
  signed,
  type Said,
} from '../../fakes/saml/idp.ts';
import { aHouse, aNewHouse, begun, finish, rightAnswer, tried, type House } from './house.ts';

const told = async (ctx: Context, house: House, also: Partial<Said> = {}): Promise<Returned> => {
  const attempt = await begun(ctx, house);
  return finish(ctx, house, attempt, rightAnswer(house, { ...attempt.said, ...also }));
};

describe('what a provider says', () => {
  test('is taken by its persistent name, its attributes trimmed, groups in one attribute or in several', async ({
    ctx,
  }) => {
    const house = await aHouse(ctx, { rolesAttribute: 'roles' });
    const attributes = {
      name: [' Ada Byron\n'],
      email: ['ada@example.com'],
      groups: [' a ', '', 'b'],
      roles: ['staff'],
    };
    const { facts, attempt, assertion } = await told(ctx, house, { nameId: { value: ' id-7 ' }, attributes });
    expect(facts).toEqual({
      subject: 'id-7',
      name: 'Ada Byron',
      email: 'ada@example.com',
      groups: [{ id: 'a' }, { id: 'b' }],
      roles: ['staff'],
      active: 'not_told',
    });
    expect(attempt).toMatchObject({ purpose: 'sign_in', returnTo: '/' });
    expect(assertion).toMatchObject({ sessionIndex: 'session-1', nameId: { value: 'id-7' } });
    const each = (said: Said) =>
      responseXml(
        house.idp,
        said,
        signed(
          assertionXml(house.idp, { ...said, attributes: { groups: ['a'] } }).replace(
            '</saml:AttributeStatement>',
            '<saml:Attribute Name="groups"><saml:AttributeValue>b</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>',
          ),
          house.idp.keys,
        ),
      );
    const attempted = await begun(ctx, await aHouse(ctx));
    const apart = await finish(ctx, await aHouse(ctx), attempted, each(attempted.said));
    expect(apart.facts.groups).toEqual([{ id: 'a' }, { id: 'b' }]);
  });

  test('names somebody by the attribute that was chosen, whatever the session is called', async ({ ctx }) => {
    const house = await aHouse(ctx, { subjectAttribute: 'urn:oid:2.16.840.1.113730.3.1.3' });
    const nameId = { value: 'x', format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' };
    const attributes = { groups: [], 'urn:oid:2.16.840.1.113730.3.1.3': ['4711'] };
    expect((await told(ctx, house, { nameId, attributes })).facts.subject).toBe('4711');
  });

  test('an attribute without values is none, one that is not there is missing', async ({ ctx }) => {
    const house = await aHouse(ctx);
    expect((await told(ctx, house, { attributes: { groups: [] } })).facts.groups).toEqual([]);
    expect((await told(ctx, house, { attributes: { groups: [' '] } })).facts.groups).toEqual([]);
    expect((await told(ctx, house, { attributes: { other: ['x'] } })).facts.groups).toBe('missing');
    expect((await told(ctx, house)).facts.roles).toBe('not_asked');
  });

  test('that there were too many groups to tell is a failure, not an empty list', async ({ ctx }) => {
    const groupsAttribute = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups';
    const house = await aHouse(ctx, { groupsAttribute });
    const attributes = { 'http://schemas.microsoft.com/claims/groups.link': ['https://graph.example.com/x'] };
    expect(
      await tried(
        ctx,
        house,
        (said) => rightAnswer(house, said),
        () => ({ attributes }),
      ),
    ).toBe('GROUPS_LEFT_OUT_TOO_MANY');
  });

  test('is the same account in Teams only where Entra itself says so', async ({ ctx }) => {
    const [tid, oid] = ['8b1a9698-0000-4000-8000-000000000001', '8b1a9698-0000-4000-8000-000000000002'];
    const attributes = {
      groups: [],
      'http://schemas.microsoft.com/identity/claims/tenantid': [tid],
      'http://schemas.microsoft.com/identity/claims/objectidentifier': [oid],
    };
    expect((await told(ctx, await aHouse(ctx), { attributes })).facts.chat).toBeUndefined();
    const idpEntityId = `https://sts.windows.net/${tid}/`;
    const said = { attributes, assertionIssuer: idpEntityId, responseIssuer: idpEntityId };
    // By a certificate that an administrator entered anybody could be Entra.
    const house = await aHouse(ctx, { idpEntityId });
    const { assertion, facts } = await told(ctx, house, said);
    expect(facts.chat).toBeUndefined();
    const chatBy = (metadataUrl: string) =>
      samlFacts(ctx, { ...house.provider, settings: { ...house.provider.settings, metadataUrl } }, assertion).chat;
    const path = 'federationmetadata/2007-06/federationmetadata.xml';
    const other = '8b1a9698-0000-4000-8000-000000000003';
    expect(chatBy(`https://login.microsoftonline.com/${other}/${path}`)).toBeUndefined();
    expect(chatBy(`https://login.microsoftonline.com.example.com/${tid}/${path}`)).toBeUndefined();
    expect(chatBy(`https://login.microsoftonline.com/${tid}/${path}`)).toEqual({ tid, oid });
  });
});

describe('a right answer is taken', () => {
  test('with the answer signed as well, by SHA-512, and with its issuer left out around the assertion', async ({
    ctx,
  }) => {
    const house = await aHouse(ctx);
    const { idp } = house;
    expect(await tried(ctx, house, (said) => signed(rightAnswer(house, said), idp.keys))).toBe('done');
    const strong = (said: Said) => responseXml(idp, said, signed(assertionXml(idp, said), idp.keys, ALGORITHM.sha512));
    expect(await tried(ctx, house, strong)).toBe('done');
    expect(
      await tried(
        ctx,
        house,
        (said) => rightAnswer(house, said),
        () => ({ responseIssuer: null }),
      ),
    ).toBe('done');
  });

  test('encrypted, where that is asked for, by each method that our metadata names', async ({ ctx }) => {
    const house = await aHouse(ctx, { requireEncryption: true });
    const { idp, provider } = house;
    const within = async (said: Said, how: Parameters<typeof encrypted>[2]) => {
      const assertion = signed(assertionXml(idp, said), idp.keys);
      return responseXml(idp, said, await encrypted(assertion, provider.secrets.decryptionCertificate!, how));
    };
    const [oldOaep, oaep] = [
      'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
      'http://www.w3.org/2009/xmlenc11#rsa-oaep',
    ];
    for (const how of [
      { content: GCM, key: oldOaep, digest: 'sha1' },
      { content: GCM, key: oldOaep, digest: 'sha256' },
      { content: 'http://www.w3.org/2009/xmlenc11#aes128-gcm', key: oaep, digest: 'sha256' },
    ])
      expect(await tried(ctx, house, (said) => within(said, how)), JSON.stringify(how)).toBe('done');
    const signedAround = async (said: Said) => signed(await within(said, { content: CBC }), idp.keys);
    expect(await tried(ctx, house, signedAround)).toBe('done');
  });

  test('under a new certificate beside the old one, as long as both are set', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const next = await keysOf('next');
    const moved = { ...house, idp: { ...house.idp, keys: next } };
    expect(await tried(ctx, house, (said) => rightAnswer(moved, said))).toBe('SIGNATURE_WRONG');
    const both = await aNewHouse(ctx, { certificates: [house.idp.keys.certificate, next.certificate] });
    expect(await tried(ctx, both, (said) => rightAnswer(both, said))).toBe('done');
    expect(await tried(ctx, both, (said) => rightAnswer({ ...both, idp: moved.idp }, said))).toBe('done');
  });
});

test('groups are synced by the allow-list, and end with an empty attribute', async ({ ctx }) => {
  const house = await aHouse(ctx);
  const group = await aGroup(ctx);
  const { provider } = house;
  const to = { groupId: group.id };
  await addMapping(ctx, OPERATOR, provider.id, { toldAs: 'group', externalId: '/staff', label: 'Staff', to });
  const nameId = { value: newXmlId() };
  const comes = async (groups: string[]) => {
    const { facts } = await told(ctx, house, { nameId, attributes: { groups } });
    const { person } = await signOn(ctx, provider, facts);
    return ctx.db.membership.findMany({ where: { personId: person.id } });
  };
  expect(await comes([' /staff ', 'unknown'])).toMatchObject([
    { groupId: group.id, source: `provider:${provider.id}` },
  ]);
  expect(await comes([])).toEqual([]);
});
