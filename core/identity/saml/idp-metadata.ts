import { certificatePem } from './certificate.ts';
import { attribute, children, isElement, readXml, textOf, within, type XmlElement } from './xml.ts';
import { providerFailed } from '../providers/failure.ts';
import { AppError } from '../../errors.ts';
import { REDIRECT_BINDING } from './service-provider.ts';

/** What metadata says of an identity provider. */
export type Described = Readonly<{
  entityId: string;
  signInUrl: string;
  signOutUrl: string | null;
  /** Where answers to its requests to sign out go; often the same. */
  signOutAnswerUrl: string | null;
  certificates: readonly string[];
}>;

const MOST_CERTIFICATES = 10;

/**
 * Reads an identity provider's metadata. `entityId`: whom of several it must be, null: the only one.
 * @throws AppError 'provider_failed' with what is missing.
 */
export function readMetadata(text: string, entityId: string | null): Described {
  const root = readDocument(text);
  const all = within(root).filter(
    (element) =>
      isElement(element, 'metadata', 'EntityDescriptor') &&
      children(element, 'metadata', 'IDPSSODescriptor').length > 0,
  );
  const found = all.filter((element) => entityId === null || attribute(element, 'entityID') === entityId);
  const [entity] = found;
  if (!entity || found.length > 1)
    throw wrong(all.length === 0 ? 'METADATA_NO_IDP' : found.length > 1 ? 'METADATA_SEVERAL' : 'METADATA_OTHER_IDP');
  const descriptor = children(entity, 'metadata', 'IDPSSODescriptor')[0]!;
  const signInUrl = locationOf(descriptor, 'SingleSignOnService', 'Location');
  if (signInUrl === null) throw wrong('METADATA_NO_REDIRECT_SIGN_IN');
  const certificates = certificatesOf(descriptor);
  if (certificates.length === 0) throw wrong('METADATA_NO_CERTIFICATE');
  const signOutUrl = locationOf(descriptor, 'SingleLogoutService', 'Location');
  return {
    entityId: attribute(entity, 'entityID') ?? '',
    signInUrl,
    signOutUrl,
    signOutAnswerUrl: locationOf(descriptor, 'SingleLogoutService', 'ResponseLocation') ?? signOutUrl,
    certificates,
  };
}

const wrong = (code: string): AppError => providerFailed('misconfigured', code);

function readDocument(text: string): XmlElement {
  try {
    // Metadata is often signed and commented by tools; comments are taken out before anything reads it, since no signature is checked.
    return readXml(text.replaceAll(/<!--[\s\S]*?-->/g, ''));
  } catch (error) {
    throw error instanceof AppError ? wrong(String(error.details['technical'])) : error;
  }
}

/** By redirect, the one way in which we send people there. */
function locationOf(descriptor: XmlElement, service: string, name: string): string | null {
  const found = children(descriptor, 'metadata', service).find(
    (element) => attribute(element, 'Binding') === REDIRECT_BINDING,
  );
  const location = found ? attribute(found, name) : null;
  return location === null || location === '' ? null : location;
}

/** Those for signing, and those that say nothing of what they are for. */
function certificatesOf(descriptor: XmlElement): string[] {
  const keys = children(descriptor, 'metadata', 'KeyDescriptor').filter((key) =>
    [null, 'signing'].includes(attribute(key, 'use')),
  );
  const given = keys.flatMap((key) => within(key).filter((e) => isElement(e, 'signature', 'X509Certificate')));
  const usable = given.map((element) => certificatePem(textOf(element))).filter((pem) => pem !== null);
  return [...new Set(usable)].slice(0, MOST_CERTIFICATES);
}
