import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { newKeyPair, type KeyPair } from '../../../core/identity/saml/certificate.ts';
import { newXmlId } from './idp.ts';

/** What is used of samlify, whose own types would bring a browser's whole world into the server. */
type Parsed = { extract: Record<string, any> };
type Entity = {
  getMetadata(): string;
  parseLoginRequest(sp: Entity, binding: string, came: Came): Promise<Parsed>;
  createLoginResponse(
    sp: Entity,
    request: Parsed,
    binding: string,
    user: Record<string, string>,
    options: { relayState: string; customTagReplacement: (template: string) => { id: string; context: string } },
  ): Promise<{ context: string; entityEndpoint: string }>;
  parseLogoutRequest(sp: Entity, binding: string, came: Came): Promise<Parsed>;
  createLogoutRequest(sp: Entity, binding: string, user: Record<string, string>, options: object): { context: string };
  createLogoutResponse(sp: Entity, request: Parsed, binding: string, options: object): { context: string };
  parseLogoutResponse(sp: Entity, binding: string, came: Came): Promise<Parsed>;
};
type Came = { query: Record<string, string>; octetString: string };
type Samlify = {
  setSchemaValidator(validator: { validate(xml: string): Promise<string> }): void;
  IdentityProvider(settings: Record<string, unknown>): Entity;
  ServiceProvider(settings: Record<string, unknown>): Entity;
};
const samlify = createRequire(import.meta.url)('samlify') as Samlify;
samlify.setSchemaValidator({ validate: () => Promise.resolve('no schema') });

export type Account = { nameId: string; attributes: Record<string, readonly string[]> };

export type SamlServer = Readonly<{
  entityId: string;
  metadataUrl: string;
  signInUrl: string;
  /** Who is signed in there. */
  person(account: Account): void;
  /** Signs with another key from now on; `published` beside the old one, or instead of it. */
  useKey(next: KeyPair, published?: readonly KeyPair[]): void;
  encrypts(yes: boolean): void;
  /** How often its metadata was read. */
  reads(): number;
  away(yes: boolean): void;
  /** Where a browser goes when somebody signs out there. */
  signOutUrl(account: Account, sessionIndex: string): Promise<string>;
  /** The names of whom we asked to sign out there, and whether our answers to its own requests were in order. */
  seen: { signedOut: string[]; answered: string[]; sessionIndexes: string[] };
  stop(): Promise<void>;
}>;

const BINDING = { redirect: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' };
const GCM = 'http://www.w3.org/2009/xmlenc11#aes256-gcm';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';

/** A SAML identity provider of another make, on this machine. `ourMetadata`: where it reads about us. */
export async function aSamlServer(ourMetadata: () => Promise<string>): Promise<SamlServer> {
  let keys = await newKeyPair('samlify', new Date());
  let published: readonly KeyPair[] = [keys];
  let account: Account = { nameId: 'nobody', attributes: {} };
  const state = { encrypts: false, away: false, reads: 0, base: '' };
  const seen: SamlServer['seen'] = { signedOut: [], answered: [], sessionIndexes: [] };

  const idp = () =>
    samlify.IdentityProvider({
      entityID: `${state.base}/metadata`,
      privateKey: keys.key,
      signingCert: published.map(({ certificate }) => certificate),
      isAssertionEncrypted: state.encrypts,
      dataEncryptionAlgorithm: GCM,
      requestSignatureAlgorithm: RSA_SHA256,
      wantAuthnRequestsSigned: true,
      wantLogoutRequestSigned: true,
      wantLogoutResponseSigned: true,
      nameIDFormat: ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
      singleSignOnService: [{ Binding: BINDING.redirect, Location: `${state.base}/sso` }],
      singleLogoutService: [{ Binding: BINDING.redirect, Location: `${state.base}/slo` }],
      generateID: newXmlId,
    });
  const sp = async () =>
    samlify.ServiceProvider({
      metadata: await ourMetadata(),
      wantLogoutRequestSigned: true,
      wantLogoutResponseSigned: true,
    });

  async function signIn(query: string, response: ServerResponse): Promise<void> {
    const ours = await sp();
    const request = await idp().parseLoginRequest(ours, 'redirect', came(query));
    const relayState = new URLSearchParams(query).get('RelayState') ?? '';
    const sessionIndex = newXmlId();
    seen.sessionIndexes.push(sessionIndex);
    const answer = await idp().createLoginResponse(
      ours,
      request,
      'post',
      {},
      {
        relayState,
        customTagReplacement: (template) => ({
          id: newXmlId(),
          context: filled(template, { request, account, entityId: `${state.base}/metadata`, sessionIndex }),
        }),
      },
    );
    response.setHeader('Content-Type', 'text/html');
    response.end(
      `<form method="post" action="${answer.entityEndpoint}"><input name="SAMLResponse" value="${answer.context}"><input name="RelayState" value="${relayState}"></form>`,
    );
  }

  async function signOut(query: string, response: ServerResponse): Promise<void> {
    const ours = await sp();
    const fields = new URLSearchParams(query);
    if (fields.has('SAMLResponse')) {
      const { extract } = await idp().parseLogoutResponse(ours, 'redirect', came(query));
      seen.answered.push(String(extract['response'].inResponseTo));
      response.end('signed out everywhere');
      return;
    }
    const request = await idp().parseLogoutRequest(ours, 'redirect', came(query));
    seen.signedOut.push(String(request.extract['nameID']));
    const { context } = idp().createLogoutResponse(ours, request, 'redirect', {});
    response.writeHead(302, { Location: context }).end();
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    if (state.away) return void response.writeHead(503).end();
    if (path === '/sso') return signIn(query, response);
    if (path === '/slo') return signOut(query, response);
    state.reads += 1;
    response.setHeader('Content-Type', 'application/samlmetadata+xml').end(idp().getMetadata());
  }
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  state.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    entityId: `${state.base}/metadata`,
    metadataUrl: `${state.base}/metadata`,
    signInUrl: `${state.base}/sso`,
    person: (next) => void (account = next),
    useKey(next, shown = [next]) {
      keys = next;
      published = shown;
    },
    encrypts: (yes) => void (state.encrypts = yes),
    reads: () => state.reads,
    away: (yes) => void (state.away = yes),
    async signOutUrl({ nameId }, sessionIndex) {
      return idp().createLogoutRequest(await sp(), 'redirect', { logoutNameID: nameId, sessionIndex }, {}).context;
    },
    seen,
    stop: () => new Promise((stopped) => void (server.closeAllConnections(), server.close(() => stopped()))),
  };
}

const came = (query: string): Came => {
  const fields = Object.fromEntries(new URLSearchParams(query));
  const signed = ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg'];
  const octetString = query
    .split('&')
    .filter((part) => signed.includes(part.split('=')[0]!))
    .join('&');
  return { query: fields, octetString };
};

function filled(
  template: string,
  with_: { request: Parsed; account: Account; entityId: string; sessionIndex: string },
): string {
  const { request, account } = with_;
  const now = new Date();
  const soon = new Date(now.getTime() + 5 * 60_000).toISOString();
  const audience = String(request.extract['issuer']);
  const answers = String(request.extract['request'].assertionConsumerServiceUrl);
  const attributes = Object.entries(account.attributes).map(
    ([name, values]) =>
      `<saml:Attribute Name="${name}">${values.map((each) => `<saml:AttributeValue xsi:type="xs:string">${each}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
  );
  const tags: Record<string, string> = {
    ID: newXmlId(),
    AssertionID: newXmlId(),
    Issuer: with_.entityId,
    Audience: audience,
    Destination: answers,
    SubjectRecipient: answers,
    InResponseTo: String(request.extract['request'].id),
    IssueInstant: now.toISOString(),
    ConditionsNotBefore: now.toISOString(),
    ConditionsNotOnOrAfter: soon,
    SubjectConfirmationDataNotOnOrAfter: soon,
    StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
    NameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    NameID: account.nameId,
    AuthnStatement: `<saml:AuthnStatement AuthnInstant="${now.toISOString()}" SessionIndex="${with_.sessionIndex}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
    AttributeStatement: `<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement>`,
  };
  return template.replaceAll(/\{(\w+)\}/g, (_, tag: string) => tags[tag] ?? '');
}
