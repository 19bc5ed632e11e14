import { describe, expect } from 'vitest';
import type { Context } from '../../../core/context.ts';
import { test } from '../../factories/context.ts';
import { assertionXml, encrypted, newXmlId, responseXml, signed, type Said } from '../../fakes/saml/idp.ts';
import { finishSaml } from '../../../core/identity/saml/sign-in.ts';
import { aHouse, begun, outcome, rightAnswer, tried, type House } from './house.ts';

const EVIL = { nameId: { value: 'administrator' } };

const signatureIn = (xml: string): string => /<ds:Signature[\s\S]*?<\/ds:Signature>/.exec(xml)![0];
const without = (xml: string, part: string): string => xml.replace(part, '');
/** Puts something in front of the end of an element. */
const inside = (xml: string, name: string, part: string): string => {
  const at = xml.lastIndexOf(`</${name}>`);
  return `${xml.slice(0, at)}${part}${xml.slice(at)}`;
};
const idOf = (xml: string): string => /\sID="([^"]+)"/.exec(xml)![1]!;

/**
 * What a person could make of an answer of their own: the signed part stands somewhere, the one that is read says something
 * else. Numbered as in the paper that named them.
 */
const WRAPPINGS: Record<string, (house: House, said: Said) => string> = {
  '1: another answer around, the signed one inside its signature': ({ idp }, said) => {
    const real = signed(rightAnswer({ idp } as House, said), idp.keys);
    const own = real.match(/<ds:Signature[\s\S]*?<\/ds:Signature>/g)!.find((each) => each.includes(`#${idOf(real)}`))!;
    const evil = responseXml(idp, said, assertionXml(idp, { ...said, ...EVIL }));
    return evil.replace('</saml:Issuer>', `</saml:Issuer>${inside(own, 'ds:Signature', without(real, own))}`);
  },
  '2: another answer around, the signed one beside its signature': ({ idp }, said) => {
    const real = signed(rightAnswer({ idp } as House, said), idp.keys);
    const own = real.match(/<ds:Signature[\s\S]*?<\/ds:Signature>/g)!.find((each) => each.includes(`#${idOf(real)}`))!;
    const evil = responseXml(idp, said, assertionXml(idp, { ...said, ...EVIL }));
    return evil.replace('</saml:Issuer>', `</saml:Issuer>${without(real, own)}${own}`);
  },
  '3: another assertion before the signed one': ({ idp }, said) => {
    const real = signed(assertionXml(idp, said), idp.keys);
    return responseXml(idp, said, `${assertionXml(idp, { ...said, ...EVIL })}${real}`);
  },
  'another assertion behind the signed one': ({ idp }, said) => {
    const real = signed(assertionXml(idp, said), idp.keys);
    return responseXml(idp, said, `${real}${assertionXml(idp, { ...said, ...EVIL })}`);
  },
  '4: another assertion around the signed one': ({ idp }, said) => {
    const real = signed(assertionXml(idp, said), idp.keys);
    return responseXml(idp, said, inside(assertionXml(idp, { ...said, ...EVIL }), 'saml:Assertion', real));
  },
  '5: another assertion with the signature, the signed one behind it': ({ idp }, said) => {
    const real = signed(assertionXml(idp, said), idp.keys);
    const own = signatureIn(real);
    const evil = assertionXml(idp, { ...said, ...EVIL }).replace('</saml:Issuer>', `</saml:Issuer>${own}`);
    return responseXml(idp, said, `${evil}${without(real, own)}`);
  },
  '6: another assertion with the signature, the signed one inside it': ({ idp }, said) => {
    const real = signed(assertionXml(idp, said), idp.keys);
    const own = signatureIn(real);
    const wrapped = inside(own, 'ds:Signature', without(real, own));
    const evil = assertionXml(idp, { ...said, ...EVIL }).replace('</saml:Issuer>', `</saml:Issuer>${wrapped}`);
    return responseXml(idp, said, evil);
  },
  '7: another assertion of the same id in an extension': ({ idp }, said) => {
    const real = signed(assertionXml(idp, said), idp.keys);
    const evil = assertionXml(idp, { ...said, ...EVIL, assertionId: idOf(real) });
    return responseXml(idp, said, `<samlp:Extensions>${evil}</samlp:Extensions>${real}`);
  },
  '8: another assertion with the signature, the signed one in an object of it': ({ idp }, said) => {
    const real = signed(assertionXml(idp, said), idp.keys);
    const own = signatureIn(real);
    const wrapped = inside(own, 'ds:Signature', `<ds:Object>${without(real, own)}</ds:Object>`);
    const evil = assertionXml(idp, { ...said, ...EVIL, assertionId: idOf(real) });
    return responseXml(idp, said, evil.replace('</saml:Issuer>', `</saml:Issuer>${wrapped}`));
  },
  'another assertion under another namespace first': ({ idp }, said) => {
    const real = signed(assertionXml(idp, said), idp.keys);
    const evil = assertionXml(idp, { ...said, ...EVIL }).replace('SAML:2.0:assertion', 'SAML:1.0:assertion');
    return responseXml(idp, said, `${evil}${real}`);
  },
  'two signatures in one assertion': ({ idp }, said) => {
    const real = signed(assertionXml(idp, said), idp.keys);
    return responseXml(idp, said, real.replace('<ds:Signature', `${signatureIn(real)}<ds:Signature`));
  },
  'two descriptions of what is signed': ({ idp }, said) => {
    const real = signed(assertionXml(idp, said), idp.keys);
    const info = /<ds:SignedInfo>[\s\S]*?<\/ds:SignedInfo>/.exec(real)![0];
    return responseXml(idp, said, real.replace('<ds:SignedInfo>', `${info}<ds:SignedInfo>`));
  },
  'a signature that speaks of the whole document': ({ idp }, said) => {
    const real = signed(assertionXml(idp, said), idp.keys);
    return responseXml(idp, said, real.replace(/URI="#[^"]+"/, 'URI=""'));
  },
  'a transformation that is none of ours': ({ idp }, said) => {
    const real = signed(assertionXml(idp, said), idp.keys);
    const xslt = '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>';
    return responseXml(idp, said, real.replace('<ds:Transforms>', `<ds:Transforms>${xslt}`));
  },
};

describe('a signed assertion lends its signature to no other one', () => {
  for (const [name, make] of Object.entries(WRAPPINGS))
    test(name, async ({ ctx }) => {
      const house = await aHouse(ctx);
      expect(await tried(ctx, house, (said) => make(house, said))).toMatch(/^(ANSWER_ASSERTIONS|SIGNATURE_\w+)$/);
    });

  test('also inside an encrypted one, which anybody can make', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const { idp, provider } = house;
    for (const id of ['own', 'same'] as const) {
      const make = async (said: Said) => {
        const real = signed(assertionXml(idp, said), idp.keys);
        const evil = assertionXml(idp, { ...said, ...EVIL, assertionId: id === 'same' ? idOf(real) : newXmlId() });
        const wrapped = inside(evil, 'saml:Assertion', `<saml:Advice>${real}</saml:Advice>`);
        return responseXml(idp, said, await encrypted(wrapped, provider.secrets.decryptionCertificate!));
      };
      expect(await tried(ctx, house, make)).toBe('ANSWER_ASSERTIONS');
    }
  });
});

/** Changes a right answer after it was signed, in a way that a signature does not see, or before any is looked at. */
const changed = (ctx: Context, house: House, change: (xml: string) => string): Promise<string> =>
  tried(
    ctx,
    house,
    (said) => change(rightAnswer(house, said)),
    () => ({ nameId: { value: 'person-1.evil' }, attributes: { groups: ['admins.evil'] } }),
  );

describe('a document that two readers could read differently is not read', () => {
  test('a comment in a name or an attribute, which the signature does not cover', async ({ ctx }) => {
    const house = await aHouse(ctx);
    expect(await changed(ctx, house, (xml) => xml)).toBe('done');
    expect(await changed(ctx, house, (xml) => xml.replace('person-1.evil', 'person-1<!---->.evil'))).toBe(
      'XML_NOT_PLAIN',
    );
    expect(await changed(ctx, house, (xml) => xml.replace('admins.evil', 'admins<!-- x -->.evil'))).toBe(
      'XML_NOT_PLAIN',
    );
  });

  test('processing instructions and marked sections', async ({ ctx }) => {
    const house = await aHouse(ctx);
    for (const part of ['<?x y?>', '<![CDATA[]]>', '<?xml version="1.0"?>'])
      expect(await changed(ctx, house, (xml) => xml.replace('.evil', `${part}.evil`)), part).toBe('XML_NOT_PLAIN');
  });

  test('a document type, with entities from files, from the net, or that grow', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const types = [
      '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
      '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>',
      '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x">',
      `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">${'bcdefghij'
        .split('')
        .map((name, at) => `<!ENTITY ${name} "${`&${'abcdefghij'[at]};`.repeat(10)}">`)
        .join('')}]>`,
    ];
    for (const type of types)
      for (const before of ['', '<?xml version="1.0"?>', ' \n'])
        expect(
          await changed(ctx, house, (xml) => `${before}${type}${xml.replace('person-1', '&x;&j;')}`),
          type.slice(0, 60),
        ).toBe('XML_NOT_PLAIN');
    expect(await changed(ctx, house, (xml) => xml.replace('person-1', '&x;'))).toBe('XML_MALFORMED');
  });

  test('inside an encrypted assertion neither', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const { idp, provider } = house;
    const make = async (said: Said) => {
      const real = signed(assertionXml(idp, { ...said, nameId: { value: 'person-1.evil' } }), idp.keys);
      const split = real.replace('person-1.evil', 'person-1<!---->.evil');
      return responseXml(idp, said, await encrypted(split, provider.secrets.decryptionCertificate!));
    };
    expect(await tried(ctx, house, make)).toBe('XML_NOT_PLAIN');
  });

  test('what is no UTF-8, not well-formed, or too deep', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const attempt = await begun(ctx, house);
    const bytes = Buffer.from(rightAnswer(house, { ...attempt.said, nameId: { value: 'person-1 \u00e9' } }), 'latin1');
    const came = { message: bytes.toString('base64'), state: attempt.state, token: attempt.token };
    expect(await outcome(finishSaml(ctx, house.provider, came))).toBe('XML_NOT_UTF8');
    const deep = `${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}`;
    for (const [change, code] of [
      [(xml: string) => xml.replace('</samlp:Response>', ''), 'XML_MALFORMED'],
      [(xml: string) => `${xml}${xml}`, 'XML_MALFORMED'],
      [(xml: string) => xml.replace(' Version="2.0"', ' Version=2.0'), 'XML_MALFORMED'],
      [(xml: string) => xml.replace('<samlp:Status>', `${deep}<samlp:Status>`), 'XML_TOO_LARGE'],
      [() => '', 'XML_MALFORMED'],
      [() => 'no XML', 'XML_MALFORMED'],
    ] as const)
      expect(await changed(ctx, house, change)).toBe(code);
  });

  test('what a parser would work on for minutes is counted before there is one', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const numbered = (count: number, make: (at: number) => string) =>
      Array.from({ length: count }, (_, at) => make(at));
    const bodies = {
      'namespaces one in the other': `${numbered(25_000, (at) => `<a xmlns:p${at}="u">`).join('')}${'</a>'.repeat(25_000)}`,
      'namespaces beside each other': `<a ${numbered(100, (at) => `xmlns:p${at}="u"`).join(' ')}/>`,
      attributes: `<a ${numbered(20_000, (at) => `a${at}=""`).join(' ')}/>`,
      elements: '<a/>'.repeat(30_000),
    };
    for (const [what, body] of Object.entries(bodies))
      expect(await changed(ctx, house, (xml) => xml.replace('<samlp:Status>', `${body}<samlp:Status>`)), what).toBe(
        'XML_TOO_LARGE',
      );
    expect(await changed(ctx, house, (xml) => `${xml}${' '.repeat(750_000)}`)).toBe('MESSAGE_TOO_LARGE');
  });

  test('a tag that closes nothing, or closes what another opened, or stands inside an attribute', async ({ ctx }) => {
    const house = await aHouse(ctx);
    for (const body of [
      '</z>',
      '<a></z></a>',
      '<a></A>',
      '<a><b></a></b>',
      '<a b="<c>"/>',
      "<a b='</a>'/>",
      '<a b="c/>',
    ])
      expect(await changed(ctx, house, (xml) => xml.replace('<samlp:Status>', `${body}<samlp:Status>`)), body).toBe(
        'XML_MALFORMED',
      );
  });

  test('two names of a person, or an id that stands there twice', async ({ ctx }) => {
    const house = await aHouse(ctx);
    const { idp } = house;
    const twice = (said: Said) =>
      responseXml(
        idp,
        said,
        signed(
          assertionXml(idp, said).replace('<saml:NameID', '<saml:NameID>other</saml:NameID><saml:NameID'),
          idp.keys,
        ),
      );
    expect(await tried(ctx, house, twice)).toBe('SUBJECT_MISSING');
    for (const name of ['ID', 'Id', 'id', 'xml:id'])
      expect(
        await tried(ctx, house, (said) => {
          const xml = rightAnswer(house, said);
          const id = /<saml:Assertion [^>]*ID="([^"]+)"/.exec(xml)![1];
          return xml.replace('<samlp:Status>', `<samlp:Status ${name}="${id}">`);
        }),
      ).toBe('SIGNATURE_ID_TWICE');
  });
});
