import type { Context } from '../../context.ts';
import type { AppError } from '../../errors.ts';
import { providerFailed } from '../providers/failure.ts';
import type { Provider } from '../providers/store.ts';
import { readAssertion, type Assertion, type Expected } from './assertion.ts';
import { openedText } from './encryption.ts';
import { notTrusted } from './failure.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { ourAddresses } from './service-provider.ts';
import { isSigned, refuseStrangeSignatures, signedText } from './signature.ts';
import {
  attribute,
  children,
  formText,
  isElement,
  onlyChild,
  readXml,
  textOf,
  within,
  type XmlElement,
} from './xml.ts';

type Needs = Pick<Context, 'clock' | 'config'>;

/** Two hundred groups of a long name each, encrypted, are half of it. */
const LONGEST_ANSWER_BYTES = 750_000;

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';

/**
 * What an answer to one of our requests says. The assertion must be signed itself, whatever is signed around it; where the
 * answer is signed too, that signature must hold as well. Nothing is read but what was signed.
 * `message`: as it came, base64. @throws AppError 'provider_failed' with the check that failed.
 */
export async function readAnswer(
  ctx: Needs,
  provider: Provider<'saml'>,
  idp: Pick<IdentityProvider, 'certificates'>,
  came: { message: string; requestId: string },
): Promise<Assertion> {
  const { settings, secrets } = provider;
  const { entityId, answers } = ourAddresses(ctx, provider);
  const expected: Expected = {
    issuer: settings.idpEntityId,
    audience: entityId,
    recipient: answers,
    requestId: came.requestId,
    skewSeconds: settings.clockSkewSeconds,
  };
  const text = formText(came.message, LONGEST_ANSWER_BYTES);
  const root = readXml(text);
  checkAnswer(root, expected);
  const { plain, encrypted } = assertionIn(root);
  refuseStrangeSignatures(root, plain ? [root, plain] : [root]);
  const answerIsSigned = isSigned(root);
  if (answerIsSigned) signedText(text, root, idp.certificates);
  if (plain) {
    if (settings.requireEncryption) throw notTrusted('ENCRYPTION_MISSING');
    return assertionOf(ctx, text, plain, idp, expected);
  }
  const opened = await openedText(encrypted, secrets.decryptionKey, answerIsSigned);
  const inner = readXml(opened);
  if (within(inner).filter(isAssertion).length !== 1) throw notTrusted('ANSWER_ASSERTIONS');
  refuseStrangeSignatures(inner, [inner]);
  return assertionOf(ctx, opened, inner, idp, expected);
}

const assertionOf = (
  ctx: Needs,
  text: string,
  element: XmlElement,
  idp: Pick<IdentityProvider, 'certificates'>,
  expected: Expected,
): Assertion => readAssertion(ctx, readXml(signedText(text, element, idp.certificates)), expected);

/** Whether this is an answer to our request, for this address, from this provider, and a yes. */
function checkAnswer(root: XmlElement, expected: Expected): void {
  if (!isElement(root, 'protocol', 'Response') || attribute(root, 'Version') !== '2.0')
    throw notTrusted('ANSWER_SHAPE');
  const issuers = children(root, 'assertion', 'Issuer');
  if (issuers.some((issuer) => textOf(issuer) !== expected.issuer)) throw notTrusted('ANSWER_ISSUER');
  if (attribute(root, 'Destination') !== expected.recipient) throw notTrusted('ANSWER_DESTINATION');
  if (attribute(root, 'InResponseTo') !== expected.requestId) throw notTrusted('ANSWER_IN_RESPONSE_TO');
  const statuses = statusOf(root);
  if (statuses[0] !== SUCCESS) throw refusal(statuses);
}

/** The status codes of an answer, the general one first. */
export function statusOf(root: XmlElement): string[] {
  const status = onlyChild(root, 'protocol', 'Status');
  const found: string[] = [];
  for (let at = status && onlyChild(status, 'protocol', 'StatusCode'); at; at = onlyChild(at, 'protocol', 'StatusCode'))
    found.push(attribute(at, 'Value') ?? '');
  return found;
}

/** The provider's no. Its own words are not told: they may name the person. */
function refusal(statuses: readonly string[]): AppError {
  const codes = statuses.map((status) => status.replace(/^urn:oasis:names:tc:SAML:2\.0:status:/, ''));
  const denied = ['AuthnFailed', 'RequestDenied', 'NoPassive', 'NoAuthnContext', 'UnknownPrincipal'];
  const problem = codes.some((code) => denied.includes(code)) ? 'denied' : 'misconfigured';
  return providerFailed(problem, `STATUS ${codes.slice(0, 3).join('/')}`);
}

/** By whatever namespace, so that none can hide. */
const isAssertion = ({ localName }: XmlElement): boolean =>
  localName === 'Assertion' || localName === 'EncryptedAssertion';

/** The one assertion of an answer, plain or encrypted, and there must be no other anywhere. */
function assertionIn(
  root: XmlElement,
): { plain: XmlElement; encrypted: null } | { plain: null; encrypted: XmlElement } {
  const all = within(root).filter(isAssertion);
  const [only] = all;
  if (!only) throw notTrusted('ANSWER_NO_ASSERTION');
  if (all.length > 1 || only.parentNode !== root) throw notTrusted('ANSWER_ASSERTIONS');
  if (isElement(only, 'assertion', 'Assertion')) return { plain: only, encrypted: null };
  if (isElement(only, 'assertion', 'EncryptedAssertion')) return { plain: null, encrypted: only };
  throw notTrusted('ANSWER_ASSERTIONS');
}
