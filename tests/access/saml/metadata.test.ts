import { describe, expect } from 'vitest';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { X509Certificate } from 'node:crypto';
import { fetchMetadata, identityProviderOf } from '../../../core/identity/saml/identity-provider.ts';
import { readMetadata } from '../../../core/identity/saml/idp-metadata.ts';
import { metadataOf, ourAddresses } from '../../../core/identity/saml/service-provider.ts';
import { readXml, within } from '../../../core/identity/saml/xml.ts';
import { aProvider } from '../../factories/providers.ts';
import { aPerson } from '../../factories/company.ts';
import { test } from '../../flow/api/api.ts';
import { keysOf } from '../../fakes/saml/idp.ts';
import { aHouse, outcome } from './house.ts';

const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';

const bare = (pem: string): string => pem.replaceAll(/-----(BEGIN|END) CERTIFICATE-----|\s/g, '');

type Described = {
  entityId?: string;
  certificates?: readonly (readonly [use: string | null, pem: string])[];
  signIn?: readonly (readonly [binding: string, url: string])[];
  signOut?: string;
};

const entity = ({ entityId = 'https://idp.example.com', certificates = [], signIn, signOut = '' }: Described): string =>
  [
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${entityId}">`,
    '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">',
    ...certificates.map(
      ([use, pem]) =>
        `<md:KeyDescriptor${use === null ? '' : ` use="${use}"`}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n${bare(pem)}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
    ),
    signOut,
    ...(signIn ?? [[REDIRECT, 'https://idp.example.com/sso']]).map(
      ([binding, url]) => `<md:SingleSignOnService Binding="${binding}" Location="${url}"/>`,
    ),
    '</md:IDPSSODescriptor></md:EntityDescriptor>',
  ].join('');

const several = (...entities: string[]): string =>
  `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${entities.join('')}</md:EntitiesDescriptor>`;

const why = (work: () => unknown): string => {
  try {
    work();
    return 'done';
  } catch (error) {
    return String((error as { details?: { technical?: string } }).details?.technical ?? error);
  }
};

/** Serves one text at an address of this machine. */
async function serving(
  answer: () => { status?: number; text: string },
): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((_request, response) => {
    const { status = 200, text } = answer();
    response.writeHead(status, { Location: 'http://127.0.0.1:1/' }).end(text);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/metadata`,
    stop: () => new Promise((stopped) => void (server.closeAllConnections(), server.close(() => stopped()))),
  };
}

describe('an identity provider’s metadata is refused', () => {
  test('that describes nobody, somebody else, or several of whom none was named', async () => {
    const { certificate } = await keysOf('idp');
    const one = entity({ certificates: [['signing', certificate]] });
    const two = entity({ entityId: 'https://two.example.com', certificates: [['signing', certificate]] });
    expect(why(() => readMetadata('<md:EntityDescriptor xmlns:md="urn:x"/>', null))).toBe('METADATA_NO_IDP');
    expect(why(() => readMetadata(one, 'https://two.example.com'))).toBe('METADATA_OTHER_IDP');
    expect(why(() => readMetadata(several(one, two), null))).toBe('METADATA_SEVERAL');
    expect(readMetadata(several(one, two), 'https://two.example.com').entityId).toBe('https://two.example.com');
  });

  test('without a way in that we use, without a certificate to trust, or with none but for encryption', async () => {
    const { certificate } = await keysOf('idp');
    const certificates = [['signing', certificate]] as const;
    expect(why(() => readMetadata(entity({ certificates, signIn: [[POST, 'https://x.example.com']] }), null))).toBe(
      'METADATA_NO_REDIRECT_SIGN_IN',
    );
    expect(why(() => readMetadata(entity({}), null))).toBe('METADATA_NO_CERTIFICATE');
    expect(why(() => readMetadata(entity({ certificates: [['encryption', certificate]] }), null))).toBe(
      'METADATA_NO_CERTIFICATE',
    );
    expect(why(() => readMetadata(entity({ certificates: [['signing', 'bm8gY2VydGlmaWNhdGU=']] }), null))).toBe(
      'METADATA_NO_CERTIFICATE',
    );
  });

  test('that is a web page, or has a document type', () => {
    expect(why(() => readMetadata('<!DOCTYPE html><html><body><br></body></html>', null))).toBe('XML_NOT_PLAIN');
    expect(why(() => readMetadata('not found', null))).toBe('XML_MALFORMED');
  });

  test('from an address that answers something else, sends on, or names one without encryption', async () => {
    const { certificate } = await keysOf('idp');
    const certificates = [['signing', certificate]] as const;
    let answer: { status?: number; text: string } = { text: '' };
    const server = await serving(() => answer);
    for (const [next, code] of [
      [{ status: 404, text: '' }, 'METADATA_STATUS 404'],
      [{ status: 302, text: '' }, 'METADATA_STATUS 302'],
      [{ text: entity({ certificates, signIn: [[REDIRECT, 'http://idp.example.com/sso']] }) }, 'METADATA_ADDRESS'],
      [{ text: entity({ certificates, signIn: [[REDIRECT, 'javascript:alert(1)']] }) }, 'METADATA_ADDRESS'],
    ] as const) {
      answer = next;
      expect(await outcome(fetchMetadata(server.url, null))).toBe(code);
    }
    await server.stop();
    expect(await outcome(fetchMetadata(server.url, null))).toBe('ECONNREFUSED');
    expect(await outcome(fetchMetadata('http://169.254.169.254/latest/meta-data', null))).toBe('ERR_ADDRESS_REFUSED');
  });
});

describe('an identity provider’s metadata', () => {
  test('gives addresses and every signing certificate, whatever stands around them', async () => {
    const [one, two] = [await keysOf('idp'), await keysOf('next')];
    const signOut = `<md:SingleLogoutService Binding="${POST}" Location="https://idp.example.com/post"/><md:SingleLogoutService Binding="${REDIRECT}" Location="https://idp.example.com/slo" ResponseLocation="https://idp.example.com/slo-answer"/>`;
    const text = entity({
      certificates: [
        ['signing', one.certificate],
        [null, two.certificate],
        ['encryption', (await keysOf('other')).certificate],
      ],
      signIn: [
        [POST, 'https://idp.example.com/post'],
        [REDIRECT, 'https://idp.example.com/sso?tenant=a&amp;b=c'],
      ],
      signOut,
    });
    expect(readMetadata(`<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by a tool -->\n${text}`, null)).toEqual({
      entityId: 'https://idp.example.com',
      signInUrl: 'https://idp.example.com/sso?tenant=a&b=c',
      signOutUrl: 'https://idp.example.com/slo',
      signOutAnswerUrl: 'https://idp.example.com/slo-answer',
      certificates: [one.certificate, two.certificate],
    });
  });

  test('is read again each hour, serves on for a day while its address is away, and not longer', async ({ ctx }) => {
    const { certificate } = await keysOf('idp');
    const certificates = [['signing', certificate]] as const;
    let path = '/one';
    let status = 200;
    const server = await serving(() => ({
      status,
      text: entity({ certificates, signIn: [[REDIRECT, `https://idp.example.com${path}`]] }),
    }));
    const provider = await aProvider(ctx, { kind: 'saml', settings: { metadataUrl: server.url } });
    const after = async (minutes: number) => {
      const clock = { now: () => new Date(Date.now() + minutes * 60_000) };
      return (await identityProviderOf({ clock }, provider)).signInUrl.slice(-4);
    };
    expect(await after(0)).toBe('/one');
    path = '/two';
    expect(await after(59)).toBe('/one');
    expect(await after(61)).toBe('/two');
    status = 503;
    expect(await after(61 + 60 * 23)).toBe('/two');
    expect(await outcome(after(61 + 60 * 25))).toBe('METADATA_STATUS 503');
    await server.stop();
  });
});

describe('metadata that an administrator looks at before it is saved', () => {
  test('is shown to nobody else, and what is wrong with it is said', async ({ ctx, api }) => {
    const xml = entity({ certificates: [['signing', (await keysOf('idp')).certificate]] });
    const [somebody, admin] = [await aPerson(ctx), await aPerson(ctx, { role: 'admin' })];
    expect((await api.anonymous.call('POST', '/saml-metadata', { xml })).status).toBe(401);
    expect((await (await api.session(somebody)).call('POST', '/saml-metadata', { xml })).status).toBe(403);
    const asAdmin = await api.session(admin);
    for (const [body, said] of [
      [{ xml: '<a/>' }, 'METADATA_NO_IDP'],
      [{ xml, idpEntityId: 'https://other.example.com' }, 'METADATA_OTHER_IDP'],
      [{ url: 'http://idp.example.com/metadata' }, 'must begin with https://'],
      [{ url: 'file:///etc/passwd' }, 'cannot be used'],
      [{ url: 'https://169.254.169.254/latest/meta-data' }, 'ERR_ADDRESS_REFUSED'],
      [{}, 'either url or xml'],
    ] as const) {
      const answer = await asAdmin.call('POST', '/saml-metadata', body);
      expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringContaining(said) } });
    }
  });

  test('comes to settings, with fingerprints to compare', async ({ ctx, api }) => {
    const { certificate } = await keysOf('idp');
    const xml = entity({ certificates: [['signing', certificate]] });
    const admin = await api.session(await aPerson(ctx, { role: 'admin' }));
    const { status, body } = await admin.call('POST', '/saml-metadata', { xml });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      idpEntityId: 'https://idp.example.com',
      signInUrl: 'https://idp.example.com/sso',
      signOutUrl: null,
      certificates: [{ pem: certificate, fingerprint: new X509Certificate(certificate).fingerprint256 }],
    });
  });
});

test('our metadata names what the provider needs, with certificates that are this provider’s alone', async ({
  ctx,
}) => {
  const [house, other] = [await aHouse(ctx), await aHouse(ctx, { newPeople: 'user' })];
  const text = metadataOf(ctx, house.provider);
  const { entityId, answers, logout } = ourAddresses(ctx, house.provider);
  expect(entityId).toBe(`${ctx.config.PUBLIC_URL}/auth/saml/${house.provider.key}`);
  for (const part of [
    `entityID="${entityId}"`,
    'AuthnRequestsSigned="true"',
    'WantAssertionsSigned="true"',
    `Binding="${POST}" Location="${answers}"`,
    `Binding="${REDIRECT}" Location="${logout}"`,
  ])
    expect(text).toContain(part);
  const shown = within(readXml(text)).filter(({ localName }) => localName === 'X509Certificate');
  const { signingCertificate, decryptionCertificate, signingKey } = house.provider.secrets;
  expect(shown.map(({ textContent }) => textContent)).toEqual(
    [signingCertificate, decryptionCertificate].map((pem) => bare(pem!)),
  );
  expect(new X509Certificate(signingCertificate!).validToDate.getTime()).toBeGreaterThan(Date.now());
  expect(other.provider.secrets.signingCertificate).not.toBe(signingCertificate);
  const row = await ctx.db.identityProvider.findUniqueOrThrow({ where: { id: house.provider.id } });
  expect(Buffer.from(row.secretsSealed!).includes(signingKey!.slice(100, 160))).toBe(false);
});
