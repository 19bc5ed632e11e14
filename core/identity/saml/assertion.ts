import type { Clock } from '../../clock.ts';
import { notTrusted } from './failure.ts';
import { attribute, children, isElement, onlyChild, textOf, timeOf, within, type XmlElement } from './xml.ts';

/** How a person is called in the session that an assertion speaks of. */
export type NameId = Readonly<{
  value: string;
  format: string | null;
  nameQualifier: string | null;
  spNameQualifier: string | null;
}>;

/** What a signed assertion says, its conditions met. */
export type Assertion = Readonly<{
  id: string;
  issuer: string;
  nameId: NameId | null;
  /** By name, in order, trimmed, empty ones left out: an attribute without a value is there and empty. */
  attributes: ReadonlyMap<string, readonly string[]>;
  sessionIndex: string | null;
  /** When the person proved who they are. */
  authenticatedAt: Date | null;
  /** When the session here has to end, where the provider says so. */
  sessionEndsAt: Date | null;
  /** From then on nobody takes this assertion again. */
  expiresAt: Date;
}>;

/** What an assertion must fit. */
export type Expected = Readonly<{
  issuer: string;
  audience: string;
  recipient: string;
  requestId: string;
  skewSeconds: number;
}>;

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const CONDITIONS = ['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'];

/**
 * Reads an assertion as the Web Browser SSO Profile of SAML 2.0 demands (profiles, 4.1.4.2 and 4.1.4.3). `root`: read from
 * nothing but what was signed. @throws AppError 'provider_failed' with the check that failed.
 */
export function readAssertion(ctx: { clock: Clock }, root: XmlElement, expected: Expected): Assertion {
  const now = ctx.clock.now().getTime();
  const skew = expected.skewSeconds * 1_000;
  if (!isElement(root, 'assertion', 'Assertion') || attribute(root, 'Version') !== '2.0')
    throw notTrusted('ASSERTION_SHAPE');
  const id = attribute(root, 'ID') ?? '';
  const issuer = textOf(onlyChild(root, 'assertion', 'Issuer'));
  if (id === '') throw notTrusted('ASSERTION_SHAPE');
  if (issuer !== expected.issuer) throw notTrusted('ASSERTION_ISSUER');
  const subject = onlyChild(root, 'assertion', 'Subject');
  if (!subject) throw notTrusted('ASSERTION_NO_SUBJECT');
  const confirmedUntil = confirmation(subject, expected, now, skew);
  const until = checkConditions(root, expected, now, skew);
  const statement = children(root, 'assertion', 'AuthnStatement')[0];
  if (!statement) throw notTrusted('ASSERTION_NO_AUTHENTICATION');
  const sessionEndsAt = timeOf(statement, 'SessionNotOnOrAfter');
  if (sessionEndsAt && sessionEndsAt.getTime() + skew <= now) throw notTrusted('ASSERTION_SESSION_ENDED');
  return {
    id,
    issuer,
    nameId: nameIdOf(subject),
    attributes: attributesOf(root),
    sessionIndex: attribute(statement, 'SessionIndex'),
    authenticatedAt: timeOf(statement, 'AuthnInstant'),
    sessionEndsAt,
    expiresAt: new Date(Math.max(confirmedUntil, until ?? 0) + skew + 1_000),
  };
}

/** Until when the bearer may bring it here, ms: for this address and as the answer to this request. */
function confirmation(subject: XmlElement, expected: Expected, now: number, skew: number): number {
  const bearers = children(subject, 'assertion', 'SubjectConfirmation').filter(
    (element) => attribute(element, 'Method') === BEARER,
  );
  if (bearers.length === 0) throw notTrusted('CONFIRMATION_MISSING');
  const results = bearers.map((bearer) => {
    const data = onlyChild(bearer, 'assertion', 'SubjectConfirmationData');
    if (!data) return 'CONFIRMATION_MISSING';
    const [notBefore, until] = [timeOf(data, 'NotBefore'), timeOf(data, 'NotOnOrAfter')];
    if (attribute(data, 'Recipient') !== expected.recipient) return 'CONFIRMATION_RECIPIENT';
    if (attribute(data, 'InResponseTo') !== expected.requestId) return 'CONFIRMATION_IN_RESPONSE_TO';
    if (!until || until.getTime() + skew <= now) return 'CONFIRMATION_EXPIRED';
    if (notBefore && notBefore.getTime() - skew > now) return 'CONFIRMATION_NOT_YET';
    return until.getTime();
  });
  const until = results.find((result) => typeof result === 'number');
  if (until === undefined) throw notTrusted(String(results[0]));
  return until;
}

/** Until when the whole holds, ms; null where it does not say. */
function checkConditions(root: XmlElement, expected: Expected, now: number, skew: number): number | null {
  const conditions = onlyChild(root, 'assertion', 'Conditions');
  if (!conditions) throw notTrusted('CONDITIONS_MISSING');
  const [notBefore, until] = [timeOf(conditions, 'NotBefore'), timeOf(conditions, 'NotOnOrAfter')];
  if (notBefore && notBefore.getTime() - skew > now) throw notTrusted('CONDITIONS_NOT_YET');
  if (until && until.getTime() + skew <= now) throw notTrusted('CONDITIONS_EXPIRED');
  const inside = within(conditions).filter((element) => element.parentNode === conditions);
  // One that nobody understands may forbid what we are about to do (core, 2.5.1.1).
  if (inside.some((element) => !CONDITIONS.some((name) => isElement(element, 'assertion', name))))
    throw notTrusted('CONDITIONS_UNKNOWN');
  const audiences = children(conditions, 'assertion', 'AudienceRestriction');
  const meant = (restriction: XmlElement) =>
    children(restriction, 'assertion', 'Audience').some((audience) => textOf(audience) === expected.audience);
  if (audiences.length === 0 || !audiences.every(meant)) throw notTrusted('CONDITIONS_AUDIENCE');
  return until?.getTime() ?? null;
}

/** The name in a subject or a request to sign out; null where there is none to be read. */
export function nameIdOf(parent: XmlElement): NameId | null {
  const element = onlyChild(parent, 'assertion', 'NameID');
  const value = textOf(element);
  if (!element || value === '') return null;
  return {
    value,
    format: attribute(element, 'Format'),
    nameQualifier: attribute(element, 'NameQualifier'),
    spNameQualifier: attribute(element, 'SPNameQualifier'),
  };
}

function attributesOf(root: XmlElement): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const statement of children(root, 'assertion', 'AttributeStatement'))
    for (const element of children(statement, 'assertion', 'Attribute')) {
      const name = attribute(element, 'Name')?.trim();
      if (!name) continue;
      const values = children(element, 'assertion', 'AttributeValue').map((value) => textOf(value));
      // Some providers name an attribute again for each of its values.
      found.set(name, [...(found.get(name) ?? []), ...values.filter((value) => value !== '')]);
    }
  return found;
}
