import { providerFailed } from '../providers/failure.ts';
import type { ProviderFacts } from '../providers/facts.ts';
import type { Provider } from '../providers/store.ts';
import type { Assertion } from './assertion.ts';
import { ourAddresses, PERSISTENT } from './service-provider.ts';
import type { Context } from '../../context.ts';

const LONGEST_ID = 500;
const MOST_GROUPS = 20_000;

/** What a SAML provider says about a person, by its settings. @throws AppError 'provider_failed'. */
export function samlFacts(
  ctx: Pick<Context, 'config'>,
  provider: Provider<'saml'>,
  assertion: Assertion,
): ProviderFacts {
  const { settings } = provider;
  const [name] = assertion.attributes.get(settings.nameAttribute) ?? [];
  const [email] = assertion.attributes.get(settings.emailAttribute) ?? [];
  const subject = subjectOf(ctx, provider, assertion);
  if (email !== undefined && email.toLowerCase() === subject.toLowerCase())
    throw providerFailed('misconfigured', 'SUBJECT_IS_EMAIL');
  const groups = listAt(assertion, settings.groupsAttribute);
  const chat = entraAccount(provider, assertion);
  return {
    subject,
    groups: typeof groups === 'string' ? groups : groups.map((id) => ({ id })),
    roles: listAt(assertion, settings.rolesAttribute),
    active: 'not_told',
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    ...(chat === null ? {} : { chat }),
  };
}

/** What never changes and is never given to somebody else: a persistent NameID, or the attribute that was chosen. */
function subjectOf(ctx: Pick<Context, 'config'>, provider: Provider<'saml'>, assertion: Assertion): string {
  const { subjectAttribute } = provider.settings;
  if (subjectAttribute === null) return persistentId(ctx, provider, assertion);
  const [value, second] = assertion.attributes.get(subjectAttribute) ?? [];
  if (value === undefined) throw providerFailed('misconfigured', 'SUBJECT_MISSING');
  if (second !== undefined) throw providerFailed('misconfigured', 'SUBJECT_SEVERAL');
  if (value.length > LONGEST_ID) throw providerFailed('misconfigured', 'SUBJECT_TOO_LONG');
  return value;
}

function persistentId(ctx: Pick<Context, 'config'>, provider: Provider<'saml'>, { nameId }: Assertion): string {
  if (!nameId) throw providerFailed('misconfigured', 'SUBJECT_MISSING');
  if (nameId.format !== PERSISTENT)
    throw providerFailed('misconfigured', `SUBJECT_NOT_PERSISTENT ${formatOf(nameId.format)}`);
  // The same value under another qualifier is somebody else (core, 8.3.7).
  const { entityId } = ourAddresses(ctx, provider);
  if (![null, '', provider.settings.idpEntityId].includes(nameId.nameQualifier))
    throw providerFailed('misconfigured', 'SUBJECT_NAME_QUALIFIER');
  if (![null, '', entityId].includes(nameId.spNameQualifier))
    throw providerFailed('misconfigured', 'SUBJECT_SP_NAME_QUALIFIER');
  if (nameId.value.length > LONGEST_ID) throw providerFailed('misconfigured', 'SUBJECT_TOO_LONG');
  return nameId.value;
}

const formatOf = (format: string | null): string =>
  /^urn:oasis:names:tc:SAML:\d\.\d:nameid-format:(\w{1,40})$/.exec(format ?? '')?.[1] ?? 'none';

/** Entra leaves groups out where there are too many, and says so by this. */
const LEFT_OUT = 'http://schemas.microsoft.com/claims/groups.link';

/** An attribute without values is an empty list, one that is not there is missing. */
function listAt(assertion: Assertion, name: string | null): readonly string[] | 'missing' | 'not_asked' {
  if (name === null) return 'not_asked';
  if (assertion.attributes.has(LEFT_OUT) && /\/groups$/i.test(name))
    throw providerFailed('misconfigured', 'GROUPS_LEFT_OUT_TOO_MANY');
  const values = assertion.attributes.get(name);
  if (!values || values.length > MOST_GROUPS || values.some((value) => value.length > LONGEST_ID)) return 'missing';
  return values;
}

const ENTRA = /^https:\/\/sts\.windows\.net\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/$/i;
const OBJECT_ID = 'http://schemas.microsoft.com/identity/claims/objectidentifier';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The same account in Teams, where Entra itself says so: the issuer is the tenant, its certificates come from Microsoft's own
 * address for that tenant, and Entra lets nobody set this attribute. By certificates that were entered by hand anybody could.
 */
function entraAccount(
  { settings }: Provider<'saml'>,
  { issuer, attributes }: Assertion,
): { tid: string; oid: string } | null {
  const tid = ENTRA.exec(issuer)?.[1]?.toLowerCase();
  const [oid, second] = attributes.get(OBJECT_ID) ?? [];
  if (!tid || !oid || second || !UUID.test(oid)) return null;
  const source = settings.metadataUrl?.toLowerCase().startsWith(`https://login.microsoftonline.com/${tid}/`);
  return source ? { tid, oid: oid.toLowerCase() } : null;
}
