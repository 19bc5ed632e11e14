import { describe, expect } from 'vitest';
import type { Context } from '../../../core/context.ts';
import { beginSaml } from '../../../core/identity/saml/sign-in.ts';
import { aPerson } from '../../factories/company.ts';
import { aContext, test } from '../../factories/context.ts';
import {
  ALGORITHM,
  assertionXml,
  CBC,
  encrypted,
  keysOf,
  newXmlId,
  responseXml,
  signed,
  type Said,
} from '../../fakes/saml/idp.ts';
import { aHouse, aNewHouse, begun, finish, outcome, rightAnswer, secretOf, tried, type House } from './house.ts';

const minutes = (count: number): Date => new Date(Date.now() + count * 60_000);

/** What a right provider says, but for this. */
const butFor = (ctx: Context, house: House, also: Partial<Said>): Promise<string> =>
  tried(
    ctx,
    house,
    (said) => rightAnswer(house, said),
    () => also,
  );

describe('an answer that nobody signed rightly is refused', () => {
  test('signed by another key, also with its certificate beside it', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const other = await keysOf('other');
    const forged = (said: Said) => responseXml(house.idp, said, signed(assertionXml(house.idp, said), other));
    expect(await tried(ctx, house, forged)).toBe('SIGNATURE_WRONG');
  });

  test('changed after it was signed', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const changed = (said: Said) => rightAnswer(house, said).replace('>person-1<', '>person-2<');
    expect(await tried(ctx, house, changed)).toBe('SIGNATURE_WRONG');
  });

  test('signed nowhere, around the assertion only, or around it wrongly', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const { idp } = house;
    const nowhere = (said: Said) => responseXml(idp, said, assertionXml(idp, said));
    expect(await tried(ctx, house, nowhere)).toBe('SIGNATURE_MISSING');
    expect(await tried(ctx, house, (said) => signed(nowhere(said), idp.keys))).toBe('SIGNATURE_MISSING');
    const other = await keysOf('other');
    expect(await tried(ctx, house, (said) => signed(rightAnswer(house, said), other))).toBe('SIGNATURE_WRONG');
  });

  test('signed by SHA-1, in the signature or in the digest', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const [sha1, sha256] = [ALGORITHM.sha1, ALGORITHM.sha256];
    for (const algorithms of [sha1, [sha1[0], sha256[1]], [sha256[0], sha1[1]]] as const) {
      const weak = (said: Said) =>
        responseXml(house.idp, said, signed(assertionXml(house.idp, said), house.idp.keys, algorithms));
      expect(await tried(ctx, house, weak)).toBe('SIGNATURE_ALGORITHM');
    }
  });
});

describe('an answer that is not for this moment is refused', () => {
  test('expired, not yet valid, or about a session that has ended', async ({ ctx }) => {
    const house = await aHouse(ctx);
    expect(await butFor(ctx, house, { at: minutes(-10), notOnOrAfter: minutes(-1) })).toBe('CONFIRMATION_EXPIRED');
    expect(await butFor(ctx, house, { conditionsUntil: minutes(-1) })).toBe('CONDITIONS_EXPIRED');
    expect(await butFor(ctx, house, { notBefore: minutes(2) })).toBe('CONDITIONS_NOT_YET');
    expect(await butFor(ctx, house, { confirmationNotBefore: minutes(2) })).toBe('CONFIRMATION_NOT_YET');
    expect(await butFor(ctx, house, { sessionNotOnOrAfter: minutes(-1) })).toBe('ASSERTION_SESSION_ENDED');
  });

  test('by more than the clocks may differ, which is a setting', async ({ ctx }) => {
    const late = { at: minutes(-5), notOnOrAfter: minutes(-1) };
    expect(await butFor(ctx, await aHouse(ctx, { clockSkewSeconds: 0 }), late)).toBe('CONFIRMATION_EXPIRED');
    expect(await butFor(ctx, await aHouse(ctx, { clockSkewSeconds: 120 }), late)).toBe('done');
  });
});

describe('an answer that is for somebody else is refused', () => {
  test('for another audience, or another one as well', async ({ ctx }) => {
    const house = await aHouse(ctx);
    expect(await butFor(ctx, house, { audience: 'https://other.example.com' })).toBe('CONDITIONS_AUDIENCE');
    expect(await butFor(ctx, house, { conditions: '' })).toBe('CONDITIONS_AUDIENCE');
    const both = (said: Said) =>
      [said.audience, 'https://other.example.com']
        .map((each) => `<saml:AudienceRestriction><saml:Audience>${each}</saml:Audience></saml:AudienceRestriction>`)
        .join('');
    const narrowed = (said: Said) => ({ conditions: both(said) });
    expect(await tried(ctx, house, (said) => rightAnswer(house, said), narrowed)).toBe('CONDITIONS_AUDIENCE');
  });

  test('under a condition that nobody here understands', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const strange = (said: Said) => ({
      conditions: `<saml:AudienceRestriction><saml:Audience>${said.audience}</saml:Audience></saml:AudienceRestriction><saml:Condition/>`,
    });
    expect(await tried(ctx, house, (said) => rightAnswer(house, said), strange)).toBe('CONDITIONS_UNKNOWN');
  });

  test('for another address of ours, such as another provider’s', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const elsewhere = `${ctx.config.PUBLIC_URL}/auth/saml/other/callback`;
    expect(await butFor(ctx, house, { destination: elsewhere })).toBe('ANSWER_DESTINATION');
    expect(await butFor(ctx, house, { destination: null })).toBe('ANSWER_DESTINATION');
    expect(await butFor(ctx, house, { recipient: elsewhere })).toBe('CONFIRMATION_RECIPIENT');
  });

  test('from another issuer, at either place', async ({ ctx }) => {
    const house = await aHouse(ctx);
    expect(await butFor(ctx, house, { assertionIssuer: 'https://evil.example.com' })).toBe('ASSERTION_ISSUER');
    expect(await butFor(ctx, house, { responseIssuer: 'https://evil.example.com' })).toBe('ANSWER_ISSUER');
  });

  test('to another request, or to none', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const other = newXmlId();
    expect(await butFor(ctx, house, { responseInResponseTo: other })).toBe('ANSWER_IN_RESPONSE_TO');
    expect(await butFor(ctx, house, { responseInResponseTo: null })).toBe('ANSWER_IN_RESPONSE_TO');
    expect(await butFor(ctx, house, { confirmationInResponseTo: other })).toBe('CONFIRMATION_IN_RESPONSE_TO');
    expect(await butFor(ctx, house, { confirmationInResponseTo: null })).toBe('CONFIRMATION_IN_RESPONSE_TO');
    expect(await butFor(ctx, house, { method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' })).toBe(
      'CONFIRMATION_MISSING',
    );
  });

  test('that another browser began, or nobody: what the provider sends by itself', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const [mine, theirs] = [await begun(ctx, house), await begun(ctx, house)];
    const xml = rightAnswer(house, theirs.said);
    expect(await outcome(finish(ctx, house, { ...theirs, token: mine.token }, xml))).toBe('sign_in_expired');
    // With a try of one's own, and the answer that was meant for the other.
    expect(await outcome(finish(ctx, house, await begun(ctx, house), xml))).toBe('ANSWER_IN_RESPONSE_TO');
    const unasked = { state: 'whatever', token: 'nothing', said: theirs.said };
    expect(await outcome(finish(ctx, house, unasked, xml))).toBe('sign_in_expired');
  });
});

describe('an answer is taken once', () => {
  test('and not a second time, here or on another node', async ({ ctx, database }) => {
    const house = await aHouse(ctx);
    const attempt = await begun(ctx, house);
    const xml = rightAnswer(house, attempt.said);
    await finish(ctx, house, attempt, xml);
    const other = await aContext(database, { settings: { SECRET_KEY: await secretOf(ctx) } });
    try {
      for (const node of [ctx, other]) expect(await outcome(finish(node, house, attempt, xml))).toBe('sign_in_expired');
    } finally {
      await other.close();
    }
  });

  test('by its assertion too: one that comes again inside a new answer, on another node', async ({ ctx, database }) => {
    const house = await aHouse(ctx);
    const assertionId = newXmlId();
    expect(await butFor(ctx, house, { assertionId })).toBe('done');
    const other = await aContext(database, { settings: { SECRET_KEY: await secretOf(ctx) } });
    try {
      for (const node of [ctx, other]) expect(await butFor(node, house, { assertionId })).toBe('ASSERTION_REPLAYED');
    } finally {
      await other.close();
    }
  });

  test('by one of two nodes that get it at the same moment', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const attempt = await begun(ctx, house);
    const xml = rightAnswer(house, attempt.said);
    const both = await Promise.all([1, 2].map(() => outcome(finish(ctx, house, attempt, xml))));
    expect(both.toSorted()).toEqual(['done', 'sign_in_expired']);
  });
});

describe('an encrypted assertion is refused', () => {
  const inside = (said: Said, house: House) => signed(assertionXml(house.idp, said), house.idp.keys);
  const ours = ({ provider }: House) => provider.secrets.decryptionCertificate!;

  test('encrypted for somebody else', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const { certificate } = await keysOf('other');
    const wrong = async (said: Said) => responseXml(house.idp, said, await encrypted(inside(said, house), certificate));
    expect(await tried(ctx, house, wrong)).toBe('ENCRYPTION_UNREADABLE');
  });

  test('not signed inside, also in a signed answer', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const bare = async (said: Said) =>
      responseXml(house.idp, said, await encrypted(assertionXml(house.idp, said), ours(house)));
    expect(await tried(ctx, house, bare)).toBe('SIGNATURE_MISSING');
    expect(await tried(ctx, house, async (said) => signed(await bare(said), house.idp.keys))).toBe('SIGNATURE_MISSING');
  });

  test('by a method that is too weak, or by CBC in an answer that is not signed', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const by = (how: Parameters<typeof encrypted>[2]) => async (said: Said) =>
      responseXml(house.idp, said, await encrypted(inside(said, house), ours(house), how));
    const triple = by({ content: 'http://www.w3.org/2001/04/xmlenc#tripledes-cbc' });
    expect(await tried(ctx, house, triple)).toBe('ENCRYPTION_ALGORITHM');
    const padded = by({ key: 'http://www.w3.org/2001/04/xmlenc#rsa-1_5' });
    expect(await tried(ctx, house, padded)).toBe('ENCRYPTION_ALGORITHM');
    expect(await tried(ctx, house, by({ content: CBC }))).toBe('ENCRYPTION_CBC_IN_UNSIGNED_ANSWER');
  });

  test('with two keys to open it, or beside a plain one', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const twice = async (said: Said) => {
      const xml = await encrypted(inside(said, house), ours(house));
      const key = /<e:EncryptedKey[\s\S]*?<\/e:EncryptedKey>/.exec(xml)![0];
      return responseXml(house.idp, said, xml.replace(key, `${key}${key}`));
    };
    expect(await tried(ctx, house, twice)).toBe('ENCRYPTION_SHAPE');
    const both = async (said: Said) =>
      responseXml(house.idp, said, `${inside(said, house)}${await encrypted(inside(said, house), ours(house))}`);
    expect(await tried(ctx, house, both)).toBe('ANSWER_ASSERTIONS');
  });

  test('missing where the provider has to encrypt', async ({ ctx }) => {
    const house = await aHouse(ctx, { requireEncryption: true });
    expect(await butFor(ctx, house, {})).toBe('ENCRYPTION_MISSING');
  });
});

describe('who somebody is is not taken', () => {
  test('from a name for one session, an address, or one that says nothing of itself', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const formats = {
      'urn:oasis:names:tc:SAML:2.0:nameid-format:transient': 'transient',
      'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress': 'emailAddress',
      'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified': 'unspecified',
    };
    for (const [format, word] of Object.entries(formats))
      expect(await butFor(ctx, house, { nameId: { value: 'ada@example.com', format } })).toBe(
        `SUBJECT_NOT_PERSISTENT ${word}`,
      );
    expect(await butFor(ctx, house, { nameId: { value: 'ada', format: null } })).toBe('SUBJECT_NOT_PERSISTENT none');
    const attributes = { groups: [], email: ['Ada@example.com'] };
    expect(await butFor(ctx, house, { nameId: { value: 'ada@example.com' }, attributes })).toBe('SUBJECT_IS_EMAIL');
  });

  test('from a name that is another one’s elsewhere', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const value = 'person-1';
    expect(await butFor(ctx, house, { nameId: { value, nameQualifier: 'https://other.example.com' } })).toBe(
      'SUBJECT_NAME_QUALIFIER',
    );
    expect(await butFor(ctx, house, { nameId: { value, spNameQualifier: 'https://other.example.com' } })).toBe(
      'SUBJECT_SP_NAME_QUALIFIER',
    );
  });

  test('from an attribute that is missing, twice there, or an address by its name', async ({ ctx }) => {
    const house = await aHouse(ctx, { subjectAttribute: 'employeeNumber' });
    const groups: string[] = [];
    expect(await butFor(ctx, house, { attributes: { groups } })).toBe('SUBJECT_MISSING');
    expect(await butFor(ctx, house, { attributes: { groups, employeeNumber: [' '] } })).toBe('SUBJECT_MISSING');
    expect(await butFor(ctx, house, { attributes: { groups, employeeNumber: ['1', '2'] } })).toBe('SUBJECT_SEVERAL');
    for (const subjectAttribute of [
      'email',
      'mail',
      'urn:oid:0.9.2342.19200300.100.1.3',
      'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
    ])
      expect(await outcome(aHouse(ctx, { subjectAttribute })), subjectAttribute).toBe('bad_input');
  });
});

describe('a provider is refused', () => {
  test('without a certificate, or with what is none', async ({ ctx }) => {
    for (const certificates of [[], ['none']])
      expect(await outcome(aNewHouse(ctx, { certificates }))).toBe('bad_input');
    expect(await outcome(aNewHouse(ctx, { signInUrl: null }))).toBe('bad_input');
  });
});

describe('a request', () => {
  test('is not even made where the answer’s cookie would not come along: at an address without encryption', async ({
    ctx,
  }) => {
    const { provider } = await aHouse(ctx);
    const wanted = { purpose: 'sign_in', personId: null, returnTo: undefined } as const;
    const at = (PUBLIC_URL: string) =>
      outcome(beginSaml({ ...ctx, config: { ...ctx.config, PUBLIC_URL } }, provider, wanted));
    expect(await at('http://gatehouse.example.com')).toBe('PUBLIC_URL_NOT_HTTPS');
    expect(await at('https://gatehouse.example.com')).toBe('done');
    expect(await at('http://localhost:3000')).toBe('done');
  });

  test('to prove oneself again is not answered by a provider that only remembers', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const { id: personId } = await aPerson(ctx);
    const answered = async (authnInstant: Date) => {
      const attempt = await begun(ctx, house, { purpose: 'confirm', personId });
      const xml = rightAnswer(house, { ...attempt.said, authnInstant });
      return outcome(finish(ctx, house, attempt, xml));
    };
    expect(await answered(minutes(-5))).toBe('AUTHENTICATION_TOO_OLD');
    expect(await answered(new Date())).toBe('done');
  });
});

test('the provider’s own no is a no, told by its codes only', async ({ ctx }) => {
  const house = await aHouse(ctx);
  const status = ['urn:oasis:names:tc:SAML:2.0:status:Responder', 'urn:oasis:names:tc:SAML:2.0:status:RequestDenied'];
  expect(await butFor(ctx, house, { status })).toBe('STATUS Responder/RequestDenied');
});
