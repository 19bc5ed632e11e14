import type { Profile } from '@node-saml/passport-saml';
import { z } from 'zod';
import { record } from '../../audit/record.ts';
import type { Context } from '../../context.ts';
import { withTransaction } from '../../storage/pool.ts';
import { seenFirst } from '../providers/attempts.ts';
import type { Provider } from '../providers/store.ts';
import { nameIdOf, type NameId } from './assertion.ts';
import { openedText } from './encryption.ts';
import { notTrusted, samlFailure } from './failure.ts';
import { identityProviderOf, type IdentityProvider } from './identity-provider.ts';
import { endNamedSessions } from './logout.sql.ts';
import { LONGEST_LOGOUT_BYTES, redirectedMessage } from './redirected.ts';
import { newRequestId, ourAddresses, requestWriter } from './service-provider.ts';
import { refuseStrangeSignatures, signedText } from './signature.ts';
import {
  attribute,
  children,
  formText,
  isElement,
  onlyChild,
  readXml,
  textOf,
  timeOf,
  type XmlElement,
} from './xml.ts';

type Needs = Pick<Context, 'pool' | 'clock' | 'config'>;

/** How a request to sign out came: in an address, as it stands there, or in a form, base64. */
export type CameBy = Readonly<{ query: string } | { form: string }>;

/** How old such a request may be, and so how long its id is remembered. */
const OLDEST_MS = 10 * 60_000;

/**
 * Ends the sessions that a signed request of the provider names, on every node: sessions live in the database, and what runs
 * for one looks again each second. Gives how many, and where to send the browser with the answer; null where the provider has
 * no address for it. @throws AppError 'provider_failed' with the check that failed.
 */
export async function logOutByRequest(
  ctx: Needs,
  provider: Provider<'saml'>,
  came: CameBy,
  relayState: string,
): Promise<{ ended: number; answerUrl: string | null }> {
  const idp = await identityProviderOf(ctx, provider);
  const request = await readRequest(ctx, provider, idp, came);
  const ended = await withTransaction(ctx.pool, async (tx) => {
    const first = await seenFirst({ ...ctx, pool: tx }, provider, `logout:${request.id}`, request.expiresAt);
    if (!first) throw notTrusted('LOGOUT_REPLAYED');
    const { sessionIndexes, nameId } = request;
    const sessions = await endNamedSessions(tx, { providerId: provider.id, nameId: nameId.value, sessionIndexes });
    for (const personId of new Set(sessions.map((each) => each.personId)))
      await record(tx, {
        actorId: null,
        surface: 'portal',
        action: 'session.ended_by_provider',
        subjectKind: 'person',
        subjectId: personId,
        detail: { providerId: provider.id },
      });
    return sessions.length;
  });
  return { ended, answerUrl: await answerTo(ctx, provider, idp, request.id, relayState) };
}

type LogoutRequest = Readonly<{ id: string; nameId: NameId; sessionIndexes: readonly string[]; expiresAt: Date }>;

async function readRequest(
  ctx: Needs,
  provider: Provider<'saml'>,
  idp: IdentityProvider,
  came: CameBy,
): Promise<LogoutRequest> {
  const root =
    'query' in came ? readXml(redirectedMessage(came.query, 'SAMLRequest', idp.certificates)) : posted(came.form, idp);
  const { settings, secrets } = provider;
  const now = ctx.clock.now().getTime();
  const skew = settings.clockSkewSeconds * 1_000;
  const id = attribute(root, 'ID') ?? '';
  if (!isElement(root, 'protocol', 'LogoutRequest') || attribute(root, 'Version') !== '2.0' || id === '')
    throw notTrusted('LOGOUT_SHAPE');
  if (textOf(onlyChild(root, 'assertion', 'Issuer')) !== settings.idpEntityId) throw notTrusted('LOGOUT_ISSUER');
  if (attribute(root, 'Destination') !== ourAddresses(ctx, provider).logout) throw notTrusted('LOGOUT_DESTINATION');
  const [issued, until] = [timeOf(root, 'IssueInstant')?.getTime() ?? 0, timeOf(root, 'NotOnOrAfter')?.getTime()];
  if (issued + OLDEST_MS + skew <= now || (until !== undefined && until + skew <= now))
    throw notTrusted('LOGOUT_EXPIRED');
  if (issued - skew > now) throw notTrusted('LOGOUT_NOT_YET');
  const nameId = await nameIn(root, secrets.decryptionKey);
  if (!nameId) throw notTrusted('LOGOUT_NO_NAME');
  const sessionIndexes = children(root, 'protocol', 'SessionIndex').map((element) => textOf(element));
  return { id, nameId, sessionIndexes, expiresAt: new Date(issued + OLDEST_MS + skew + 1_000) };
}

/** What of a posted request was signed, and nothing else. */
function posted(form: string, idp: IdentityProvider): XmlElement {
  const text = formText(form, LONGEST_LOGOUT_BYTES);
  const root = readXml(text);
  if (!isElement(root, 'protocol', 'LogoutRequest')) throw notTrusted('LOGOUT_SHAPE');
  refuseStrangeSignatures(root, [root]);
  return readXml(signedText(text, root, idp.certificates));
}

async function nameIn(root: XmlElement, key: string | undefined): Promise<NameId | null> {
  const sealed = onlyChild(root, 'assertion', 'EncryptedID');
  if (!sealed) return nameIdOf(root);
  const inner = readXml(`<id>${await openedText(sealed, key, true)}</id>`);
  return nameIdOf(inner);
}

async function answerTo(
  ctx: Needs,
  provider: Provider<'saml'>,
  idp: IdentityProvider,
  requestId: string,
  relayState: string,
): Promise<string | null> {
  if (idp.signOutAnswerUrl === null) return null;
  const there = { ...idp, signOutUrl: idp.signOutAnswerUrl };
  const writer = requestWriter(ctx, provider, there, { id: newRequestId() });
  try {
    return await writer.getLogoutResponseUrlAsync(asProfile({ ID: requestId }), relayState, {}, true);
  } catch (error) {
    throw samlFailure(error);
  }
}

// The library wants all that an assertion may hold, and looks at what is given here.
const asProfile = (known: Partial<Profile>): Profile => known as Profile;

const storedName = z.object({
  value: z.string(),
  format: z.string().nullable(),
  nameQualifier: z.string().nullable(),
  spNameQualifier: z.string().nullable(),
});

/**
 * Where to send a browser so that its session ends at the provider too; null where that has no address for it.
 * `nameId`: as JSON, how the session is called there.
 */
export async function samlSignOutUrl(
  ctx: Pick<Context, 'clock' | 'config' | 'log'>,
  provider: Provider<'saml'>,
  session: { nameId: string | null; sessionIndex: string | null },
): Promise<string | null> {
  if (!provider.settings.signOutThere || session.nameId === null) return null;
  try {
    const idp = await identityProviderOf(ctx, provider);
    if (idp.signOutUrl === null) return null;
    const name = storedName.parse(JSON.parse(session.nameId));
    const writer = requestWriter(ctx, provider, idp, { id: newRequestId() });
    const profile = asProfile({
      nameID: name.value,
      nameIDFormat: name.format ?? 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
      ...(name.nameQualifier === null ? {} : { nameQualifier: name.nameQualifier }),
      ...(name.spNameQualifier === null ? {} : { spNameQualifier: name.spNameQualifier }),
      ...(session.sessionIndex === null ? {} : { sessionIndex: session.sessionIndex }),
    });
    return await writer.getLogoutUrlAsync(profile, '', {});
  } catch (error) {
    // Here the session has ended; a provider that is away must not look as if it had not.
    ctx.log.warn({ part: 'sign-in', providerId: provider.id, error }, 'sign_out_there_failed');
    return null;
  }
}
