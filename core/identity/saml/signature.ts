import { getVerifiedXml } from '@node-saml/node-saml/lib/xml.js';
import { notTrusted } from './failure.ts';
import { attribute, children, isElement, within, type XmlElement } from './xml.ts';

/** By local name, as the library looks for them. None with SHA-1, none with a shared secret. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  SignatureMethod: [
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
    'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
  ],
  DigestMethod: ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512'],
  CanonicalizationMethod: [
    'http://www.w3.org/2001/10/xml-exc-c14n#',
    'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
    'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
    'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
  ],
  Transform: [
    'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
    'http://www.w3.org/2001/10/xml-exc-c14n#',
    'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
    'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
    'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
  ],
};

const SIGNATURE_PARTS = ['SignedInfo', 'SignatureMethod', 'CanonicalizationMethod', 'SignatureValue', 'Reference'];

/**
 * Refuses a document in which a signature could be taken for something else: one that stands elsewhere than directly in
 * `signed`, speaks of another element, or by an algorithm that is too weak; and an id that stands there twice.
 * @throws AppError 'provider_failed'.
 */
export function refuseStrangeSignatures(root: XmlElement, signed: readonly XmlElement[]): void {
  const all = within(root);
  const ids = all.flatMap((element) =>
    Array.from(element.attributes).flatMap(({ localName, name, value }) =>
      /^id$/i.test(localName || name) ? [value] : [],
    ),
  );
  if (new Set(ids).size < ids.length) throw notTrusted('SIGNATURE_ID_TWICE');
  for (const signature of all.filter((element) => element.localName === 'Signature')) {
    const parent = signed.find((element) => element === signature.parentNode);
    if (!parent || children(parent, 'signature', 'Signature').length !== 1) throw notTrusted('SIGNATURE_MISPLACED');
    refuseStrange(signature, parent);
  }
}

function refuseStrange(signature: XmlElement, parent: XmlElement): void {
  const parts = within(signature);
  for (const name of SIGNATURE_PARTS) {
    const found = parts.filter((element) => element.localName === name);
    if (found.length !== 1 || !isElement(found[0]!, 'signature', name)) throw notTrusted('SIGNATURE_SHAPE');
    if (name === 'Reference' && attribute(found[0]!, 'URI') !== `#${attribute(parent, 'ID')}`)
      throw notTrusted('SIGNATURE_OF_ANOTHER');
  }
  if (parts.some((element) => element.localName === 'Object')) throw notTrusted('SIGNATURE_SHAPE');
  for (const element of parts) {
    const allowed = ALLOWED[element.localName];
    if (allowed && !allowed.includes(attribute(element, 'Algorithm') ?? '')) throw notTrusted('SIGNATURE_ALGORITHM');
  }
}

export const isSigned = (element: XmlElement): boolean => children(element, 'signature', 'Signature').length > 0;

/**
 * What of an element was signed with one of these certificates, in its canonical form: nothing else may be read afterwards.
 * `text`: the document that the element was read from, through `refuseStrangeSignatures` before.
 * @throws AppError 'provider_failed'.
 */
export function signedText(text: string, element: XmlElement, certificates: readonly string[]): string {
  let verified: string | null = null;
  try {
    verified = getVerifiedXml(text, element, [...certificates]);
  } catch (error) {
    throw notTrusted('SIGNATURE_WRONG', error);
  }
  if (verified === null) throw notTrusted(isSigned(element) ? 'SIGNATURE_WRONG' : 'SIGNATURE_MISSING');
  return verified;
}
