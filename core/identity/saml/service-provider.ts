import { randomBytes } from 'node:crypto';
import { SAML } from '@node-saml/passport-saml';
import type { Context } from '../../context.ts';
import { providerFailed } from '../providers/failure.ts';
import type { Provider } from '../providers/store.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { escapeXml, NAMESPACE } from './xml.ts';

type Needs = Pick<Context, 'config'>;

export const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
export const POST_BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
export const REDIRECT_BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';

/** How the identity provider knows us: by addresses of its own for each provider, so that none answers for another. */
export function ourAddresses(
  { config }: Needs,
  provider: Pick<Provider<'saml'>, 'key' | 'settings'>,
): { entityId: string; answers: string; logout: string; metadata: string } {
  const base = `${config.PUBLIC_URL}/auth/saml/${provider.key}`;
  return {
    entityId: provider.settings.entityId ?? base,
    answers: `${base}/callback`,
    logout: `${base}/logout`,
    metadata: `${base}/metadata`,
  };
}

/** A request's id: an XML name, and 160 random bits. */
export const newRequestId = (): string => `_${randomBytes(20).toString('hex')}`;

/** What assertions may be encrypted by; those in CBC only inside a signed answer, see `openedText`. */
const CONTENT_ENCRYPTION = [
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
  'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
  'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
  'http://www.w3.org/2009/xmlenc11#rsa-oaep',
];

/** Our metadata, for the identity provider to read: addresses, certificates, and that we sign and want to have signed. */
export function metadataOf(ctx: Needs, provider: Provider<'saml'>): string {
  const { entityId, answers, logout } = ourAddresses(ctx, provider);
  const { signingCertificate, decryptionCertificate } = provider.secrets;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<md:EntityDescriptor xmlns:md="${NAMESPACE.metadata}" xmlns:ds="${NAMESPACE.signature}" entityID="${escapeXml(entityId)}">`,
    `<md:SPSSODescriptor protocolSupportEnumeration="${NAMESPACE.protocol}" AuthnRequestsSigned="true" WantAssertionsSigned="true">`,
    ...keyDescriptor('signing', signingCertificate, []),
    ...keyDescriptor('encryption', decryptionCertificate, CONTENT_ENCRYPTION),
    ...[REDIRECT_BINDING, POST_BINDING].map(
      (binding) => `<md:SingleLogoutService Binding="${binding}" Location="${escapeXml(logout)}"/>`,
    ),
    ...(provider.settings.subjectAttribute === null ? [`<md:NameIDFormat>${PERSISTENT}</md:NameIDFormat>`] : []),
    `<md:AssertionConsumerService Binding="${POST_BINDING}" Location="${escapeXml(answers)}" index="0" isDefault="true"/>`,
    '</md:SPSSODescriptor>',
    '</md:EntityDescriptor>',
  ];
  return `${lines.join('\n')}\n`;
}

function keyDescriptor(use: string, certificate: string | undefined, methods: readonly string[]): string[] {
  if (certificate === undefined) return [];
  const bare = certificate.replaceAll(/-----(BEGIN|END) CERTIFICATE-----|\s/g, '');
  return [
    `<md:KeyDescriptor use="${use}">`,
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${bare}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`,
    ...methods.map((method) => `<md:EncryptionMethod Algorithm="${method}"/>`),
    '</md:KeyDescriptor>',
  ];
}

/**
 * The library that writes and signs our requests, set up for one of them. It reads no answer: what it would let pass there is
 * more than we do. @throws AppError 'provider_failed' where our signing key is missing.
 */
export function requestWriter(
  ctx: Needs,
  provider: Provider<'saml'>,
  idp: IdentityProvider,
  request: { id: string; forceAuthn?: boolean },
): SAML {
  const { entityId, answers } = ourAddresses(ctx, provider);
  const { signingKey } = provider.secrets;
  if (signingKey === undefined) throw providerFailed('misconfigured', 'SIGNING_KEY_MISSING');
  return new SAML({
    issuer: entityId,
    callbackUrl: answers,
    idpCert: [...idp.certificates],
    entryPoint: idp.signInUrl,
    ...(idp.signOutUrl === null ? {} : { logoutUrl: idp.signOutUrl }),
    privateKey: signingKey,
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    identifierFormat: provider.settings.subjectAttribute === null ? PERSISTENT : null,
    // How somebody proves who they are is the provider's to decide: naming a way here shuts out every other one.
    disableRequestedAuthnContext: true,
    forceAuthn: request.forceAuthn ?? false,
    generateUniqueId: () => request.id,
  });
}
