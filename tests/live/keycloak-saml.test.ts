import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchMetadata } from '../../core/identity/saml/identity-provider.ts';
import { aKeycloakHouse, expectSignedOutThereToo, sessionOf, type KeycloakHouse } from './keycloak-house.ts';
import { administer, missingKeycloak, ORIGIN, personThere, setClient, setMembership } from './keycloak.ts';

describe.skipIf(missingKeycloak().length > 0)('people of a real Keycloak come by SAML, in a real browser', () => {
  let house: KeycloakHouse<'saml'>;

  beforeAll(async () => {
    const metadataUrl = process.env['SAML_IDP_METADATA']!;
    const { entityId: idpEntityId } = await fetchMetadata(metadataUrl, null);
    house = await aKeycloakHouse('saml', {
      settings: {
        idpEntityId,
        metadataUrl,
        nameAttribute: 'name',
        groupsAttribute: 'groups',
        rolesAttribute: 'Role',
        // Keycloak leaves the attribute out where somebody is in no group.
        missingGroups: 'none',
      },
    });
  });

  afterAll(() => house?.close());

  /** Changes the client's attributes; gives back what puts them as they were. */
  const setSamlClient = (attributes: Record<string, string>) =>
    setClient(`${ORIGIN}/auth/saml/keycloak`, { attributes });

  test('a disabled person does not come in', async () => {
    const page = await house.signIn('finn');
    expect(new URL(page.url()).origin).not.toBe(ORIGIN);
    expect((await sessionOf(page)).status).toBe(401);
  });

  test('somebody comes in with role and groups, which follow what changes there', async () => {
    const page = await house.signIn('ada');
    const { status, body } = await sessionOf(page);
    expect([status, body.person.name, body.person.role]).toEqual([200, 'Ada', 'admin']);
    expect(await house.groupsOf(body.person.id)).toEqual([house.group.id]);
    await setMembership('ada', 'admins', false);
    try {
      await house.signIn('ada');
      expect(await house.groupsOf(body.person.id)).toEqual([]);
    } finally {
      await setMembership('ada', 'admins', true);
    }
    const eve = await sessionOf(await house.signIn('eve'));
    expect(await house.groupsOf(eve.body.person.id)).toEqual([]);
  });

  test('signed requests and encrypted assertions are switched on in the middle', async () => {
    const bare = (pem?: string) => pem!.replaceAll(/-----(BEGIN|END) CERTIFICATE-----|\s/g, '');
    const { signingCertificate, decryptionCertificate } = house.provider.secrets;
    const signing = {
      'saml.client.signature': 'true',
      'saml.signing.certificate': bare(signingCertificate),
    };
    const encryption = {
      'saml.encrypt': 'true',
      'saml.encryption.certificate': bare(decryptionCertificate),
    };
    const ways: Record<string, string>[] = [
      signing,
      { ...signing, ...encryption },
      {
        ...signing,
        ...encryption,
        'saml.encryption.algorithm': 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
        'saml.encryption.keyAlgorithm': 'http://www.w3.org/2009/xmlenc11#rsa-oaep',
        'saml.encryption.digestMethod': 'http://www.w3.org/2001/04/xmlenc#sha256',
        'saml.encryption.maskGenerationFunction': 'http://www.w3.org/2009/xmlenc11#mgf1sha256',
      },
    ];
    for (const attributes of ways) {
      const back = await setSamlClient(attributes);
      try {
        const { body } = await sessionOf(await house.signIn('ben'));
        expect(body.person?.name, JSON.stringify(attributes)).toBe('Ben');
      } finally {
        await back();
      }
    }
    const wrong = await setSamlClient({ ...signing, 'saml.signing.certificate': bare(decryptionCertificate) });
    try {
      const page = await house.signIn('ben');
      expect((await sessionOf(page)).status).toBe(401);
    } finally {
      await wrong();
    }
  });

  test('signing out here ends the session there, and the other way round', async () => {
    await expectSignedOutThereToo(await house.signIn('cleo'), 'saml');
    const other = await house.signIn('dan');
    expect((await sessionOf(other)).status).toBe(200);
    const { id } = await personThere('dan');
    await administer('POST', `/users/${id}/logout`);
    await expect.poll(async () => (await sessionOf(other)).status, { timeout: 30_000 }).toBe(401);
  });
});
