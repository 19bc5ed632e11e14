import { createSign, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { SignedXml } from 'xml-crypto';
import xmlEncryption from 'xml-encryption';
import { newKeyPair, type KeyPair } from '../../../core/identity/saml/certificate.ts';

/** An identity provider that says whatever it is told to, rightly or wrongly signed. */
export type FakeIdp = Readonly<{ entityId: string; keys: KeyPair; signInUrl: string; signOutUrl: string }>;

const pairs = new Map<string, Promise<KeyPair>>();

/** A key of this name, made once a file. */
export function keysOf(name: string): Promise<KeyPair> {
  const pair = pairs.get(name) ?? newKeyPair(name, new Date());
  pairs.set(name, pair);
  return pair;
}

export async function aFakeIdp(name = 'idp'): Promise<FakeIdp> {
  const base = `https://${name}.example.com`;
  return {
    entityId: `${base}/metadata`,
    keys: await keysOf(name),
    signInUrl: `${base}/sso`,
    signOutUrl: `${base}/slo`,
  };
}

/** What stands in a message of ours that came by redirect. */
export function requestIn(url: string): { xml: string; id: string; relayState: string; url: URL } {
  const parsed = new URL(url);
  const packed = Buffer.from(
    parsed.searchParams.get('SAMLRequest') ?? parsed.searchParams.get('SAMLResponse') ?? '',
    'base64',
  );
  const xml = inflateRawSync(packed).toString('utf8');
  return {
    xml,
    id: /\sID="([^"]+)"/.exec(xml)?.[1] ?? '',
    relayState: parsed.searchParams.get('RelayState') ?? '',
    url: parsed,
  };
}

export const ALGORITHM = {
  sha1: ['http://www.w3.org/2000/09/xmldsig#rsa-sha1', 'http://www.w3.org/2000/09/xmldsig#sha1'],
  sha256: ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2001/04/xmlenc#sha256'],
  sha512: ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', 'http://www.w3.org/2001/04/xmlenc#sha512'],
} as const;

export type Algorithms = readonly [signature: string, digest: string];

export type Said = {
  /** To whom, where and to which request. */
  audience: string;
  answers: string;
  requestId: string;
  at?: Date;
  destination?: string | null;
  recipient?: string;
  responseInResponseTo?: string | null;
  confirmationInResponseTo?: string | null;
  responseIssuer?: string | null;
  assertionIssuer?: string;
  assertionId?: string;
  notBefore?: Date | null;
  notOnOrAfter?: Date;
  /** Where the whole ends sooner than the right to bring it here. */
  conditionsUntil?: Date;
  confirmationNotBefore?: Date;
  conditions?: string;
  method?: string;
  nameId?: { value: string; format?: string | null; nameQualifier?: string; spNameQualifier?: string };
  /** Values are put in as they are, as XML. */
  attributes?: Record<string, readonly string[]>;
  sessionIndex?: string | null;
  sessionNotOnOrAfter?: Date;
  authnInstant?: Date;
  status?: readonly string[];
};

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const SUCCESS = ['urn:oasis:names:tc:SAML:2.0:status:Success'];

const attributes = (given: Record<string, string | null | undefined>): string =>
  Object.entries(given)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('');

export const newXmlId = (): string => `_${randomBytes(16).toString('hex')}`;

/** An assertion that is right unless said otherwise, unsigned. */
export function assertionXml(idp: FakeIdp, said: Said): string {
  const at = said.at ?? new Date();
  const until = (said.notOnOrAfter ?? new Date(at.getTime() + 5 * 60_000)).toISOString();
  const notBefore = said.notBefore === null ? null : (said.notBefore ?? new Date(at.getTime() - 60_000)).toISOString();
  const { value, format = PERSISTENT, nameQualifier, spNameQualifier } = said.nameId ?? { value: 'person-1' };
  const confirmed = {
    NotBefore: said.confirmationNotBefore?.toISOString(),
    NotOnOrAfter: until,
    Recipient: said.recipient ?? said.answers,
    InResponseTo: said.confirmationInResponseTo === undefined ? said.requestId : said.confirmationInResponseTo,
  };
  const statements = Object.entries(said.attributes ?? {}).map(
    ([name, values]) =>
      `<saml:Attribute Name="${name}">${values.map((each) => `<saml:AttributeValue>${each}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
  );
  const conditions =
    said.conditions ??
    `<saml:AudienceRestriction><saml:Audience>${said.audience}</saml:Audience></saml:AudienceRestriction>`;
  return [
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${said.assertionId ?? newXmlId()}" Version="2.0" IssueInstant="${at.toISOString()}">`,
    `<saml:Issuer>${said.assertionIssuer ?? idp.entityId}</saml:Issuer>`,
    `<saml:Subject><saml:NameID${attributes({ Format: format, NameQualifier: nameQualifier, SPNameQualifier: spNameQualifier })}>${value}</saml:NameID>`,
    `<saml:SubjectConfirmation Method="${said.method ?? 'urn:oasis:names:tc:SAML:2.0:cm:bearer'}"><saml:SubjectConfirmationData${attributes(confirmed)}/></saml:SubjectConfirmation></saml:Subject>`,
    `<saml:Conditions${attributes({ NotBefore: notBefore, NotOnOrAfter: said.conditionsUntil?.toISOString() ?? until })}>${conditions}</saml:Conditions>`,
    `<saml:AuthnStatement${attributes({
      AuthnInstant: (said.authnInstant ?? at).toISOString(),
      SessionIndex: said.sessionIndex === undefined ? 'session-1' : said.sessionIndex,
      SessionNotOnOrAfter: said.sessionNotOnOrAfter?.toISOString(),
    })}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
    statements.length === 0 ? '' : `<saml:AttributeStatement>${statements.join('')}</saml:AttributeStatement>`,
    '</saml:Assertion>',
  ].join('');
}

/** An answer around whatever is to stand in it, unsigned. */
export function responseXml(idp: FakeIdp, said: Said, inside: string): string {
  const at = (said.at ?? new Date()).toISOString();
  const status = (said.status ?? SUCCESS).reduceRight(
    (inner, value) => `<samlp:StatusCode Value="${value}">${inner}</samlp:StatusCode>`,
    '',
  );
  return [
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${newXmlId()}" Version="2.0" IssueInstant="${at}"`,
    attributes({
      Destination: said.destination === undefined ? said.answers : said.destination,
      InResponseTo: said.responseInResponseTo === undefined ? said.requestId : said.responseInResponseTo,
    }),
    '>',
    said.responseIssuer === null ? '' : `<saml:Issuer>${said.responseIssuer ?? idp.entityId}</saml:Issuer>`,
    `<samlp:Status>${status}</samlp:Status>`,
    inside,
    '</samlp:Response>',
  ].join('');
}

const byName = (name: string): string => `/*[local-name(.)='${name}']`;

/** Signs the outermost element, behind its issuer. */
export function signed(xml: string, key: KeyPair, [signature, digest]: Algorithms = ALGORITHM.sha256): string {
  const root = /^<(?:\w+:)?(\w+)/.exec(xml)?.[1] ?? '';
  const signer = new SignedXml({
    privateKey: key.key,
    publicCert: key.certificate,
    signatureAlgorithm: signature,
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  });
  signer.addReference({
    xpath: byName(root),
    digestAlgorithm: digest,
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
  });
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: `${byName(root)}${byName('Issuer')}`, action: 'after' },
  });
  return signer.getSignedXml();
}

export const GCM = 'http://www.w3.org/2009/xmlenc11#aes256-gcm';
export const CBC = 'http://www.w3.org/2001/04/xmlenc#aes256-cbc';

/** Encrypts an assertion for whom this certificate belongs to. */
export async function encrypted(
  assertion: string,
  certificate: string,
  by: { content?: string; key?: string; digest?: string } = {},
): Promise<string> {
  const options = {
    pem: certificate,
    rsa_pub: certificate,
    encryptionAlgorithm: by.content ?? GCM,
    keyEncryptionAlgorithm: by.key ?? 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
    keyEncryptionDigest: by.digest ?? 'sha1',
    disallowEncryptionWithInsecureAlgorithm: false,
    warnInsecureAlgorithm: false,
  };
  const inside = await new Promise<string>((resolve, reject) => {
    xmlEncryption.encrypt(assertion, options as never, (error, text) => (error ? reject(error) : resolve(text)));
  });
  return `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${inside}</saml:EncryptedAssertion>`;
}

/** A request to sign out, right unless said otherwise, unsigned. */
export function logoutRequestXml(
  idp: FakeIdp,
  said: {
    destination: string | null;
    nameId: string;
    id?: string;
    at?: Date;
    issuer?: string;
    notOnOrAfter?: Date;
    sessionIndexes?: readonly string[];
    name?: string;
  },
): string {
  const head = attributes({
    ID: said.id ?? newXmlId(),
    Version: '2.0',
    IssueInstant: (said.at ?? new Date()).toISOString(),
    Destination: said.destination,
    NotOnOrAfter: said.notOnOrAfter?.toISOString(),
  });
  return [
    `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"${head}>`,
    `<saml:Issuer>${said.issuer ?? idp.entityId}</saml:Issuer>`,
    said.name ?? `<saml:NameID Format="${PERSISTENT}">${said.nameId}</saml:NameID>`,
    ...(said.sessionIndexes ?? []).map((each) => `<samlp:SessionIndex>${each}</samlp:SessionIndex>`),
    '</samlp:LogoutRequest>',
  ].join('');
}

/** A message as it stands in an address, signed. */
export function redirected(
  message: 'SAMLRequest' | 'SAMLResponse',
  xml: string,
  key: KeyPair,
  how: { relayState?: string; algorithm?: string; hash?: string } = {},
): string {
  const { algorithm = ALGORITHM.sha256[0], hash = 'sha256' } = how;
  const part = (name: string, value: string) => `${name}=${encodeURIComponent(value)}`;
  const over = [
    part(message, deflateRawSync(xml).toString('base64')),
    ...(how.relayState === undefined ? [] : [part('RelayState', how.relayState)]),
    part('SigAlg', algorithm),
  ].join('&');
  return `${over}&${part('Signature', createSign(hash).update(over).sign(key.key, 'base64'))}`;
}

export const posted = (xml: string): string => Buffer.from(xml, 'utf8').toString('base64');
