import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admit } from '../../core/access/admission.ts';
import { PRIVATE } from '../../core/access/scope.ts';
import type { Context } from '../../core/context.ts';
import { renewDue } from '../../core/identity/renewal.ts';
import { aKeycloakHouse, expectSignedOutThereToo, sessionOf, type KeycloakHouse } from './keycloak-house.ts';
import {
  addPerson,
  administer,
  missingKeycloak,
  ORIGIN,
  personThere,
  setClient,
  setMembership,
  setPerson,
  tellRealmRoles,
} from './keycloak.ts';

const HOUR_MS = 3_600_000;
const later = (ctx: Context, hours: number): Context => ({
  ...ctx,
  clock: { now: () => new Date(Date.now() + hours * HOUR_MS) },
});

describe.skipIf(missingKeycloak().length > 0)(
  'people of a real Keycloak come by OpenID Connect, in a real browser',
  () => {
    let house: KeycloakHouse<'oidc'>;

    beforeAll(async () => {
      await tellRealmRoles();
      house = await aKeycloakHouse('oidc', {
        settings: {
          issuer: process.env['OIDC_ISSUER'],
          clientId: process.env['OIDC_CLIENT_ID'],
          groupsClaim: 'groups',
          rolesClaim: 'realm_access.roles',
          // Keycloak leaves the claim out where somebody is in no group.
          missingGroups: 'none',
        },
        secrets: { clientSecret: process.env['OIDC_CLIENT_SECRET'] ?? '' },
      });
    });

    afterAll(() => house?.close());

    test('a disabled person does not come in', async () => {
      const page = await house.signIn('finn');
      expect(new URL(page.url()).origin).not.toBe(ORIGIN);
      expect((await sessionOf(page)).status).toBe(401);
    });

    test('nobody comes in while Keycloak knows another secret than we do', async () => {
      const back = await setClient('gatehouse', { secret: 'another-secret' });
      try {
        const page = await house.signIn('eve');
        expect(new URL(page.url()).searchParams.get('problem')).toBe('misconfigured');
        expect((await sessionOf(page)).status).toBe(401);
      } finally {
        await back();
      }
      expect((await sessionOf(await house.signIn('eve'))).status).toBe(200);
    });

    test('whoever gets the name and address of somebody who left is not that person', async () => {
      const account = { username: 'gus', email: 'gus@example.com', firstName: 'Gus', lastName: 'Example' };
      const first = await addPerson(account);
      await setMembership('gus', 'admins', true);
      const before = (await sessionOf(await house.signIn('gus'))).body.person;
      expect(await house.groupsOf(before.id)).toEqual([house.group.id]);
      await administer('DELETE', `/users/${first}`);
      const second = await addPerson(account);
      try {
        const after = (await sessionOf(await house.signIn('gus'))).body.person;
        expect(after.id).not.toBe(before.id);
        expect(await house.groupsOf(after.id)).toEqual([]);
      } finally {
        await administer('DELETE', `/users/${second}`);
      }
    });

    test('somebody comes in with role and groups, which follow what changes there', async () => {
      const { status, body } = await sessionOf(await house.signIn('ada'));
      expect([status, body.person.name, body.person.role]).toEqual([200, 'Ada Example', 'admin']);
      expect(await house.groupsOf(body.person.id)).toEqual([house.group.id]);
      await setMembership('ada', 'admins', false);
      const back = await setPerson('ada', { lastName: 'Byron' });
      try {
        const again = await sessionOf(await house.signIn('ada'));
        expect([again.body.person.id, again.body.person.name]).toEqual([body.person.id, 'Ada Byron']);
        expect(await house.groupsOf(body.person.id)).toEqual([]);
      } finally {
        await back();
        await setMembership('ada', 'admins', true);
      }
      const eve = (await sessionOf(await house.signIn('eve'))).body.person;
      expect([eve.role, await house.groupsOf(eve.id)]).toEqual(['user', []]);
    });

    test('who signed in once gains and loses a group without coming again, and everything when disabled', async () => {
      const { ctx } = house;
      const { id: personId } = (await sessionOf(await house.signIn('ben'))).body.person;
      expect(await house.groupsOf(personId)).toEqual([]);
      await setMembership('ben', 'admins', true);
      try {
        await renewDue(later(ctx, 7));
        expect(await house.groupsOf(personId)).toEqual([house.group.id]);
      } finally {
        await setMembership('ben', 'admins', false);
      }
      await renewDue(later(ctx, 14));
      expect(await house.groupsOf(personId)).toEqual([]);
      await expect(admit(later(ctx, 20), personId, PRIVATE)).resolves.toBeDefined();
      const back = await setPerson('ben', { enabled: false });
      try {
        await expect(admit(later(ctx, 40), personId, PRIVATE)).rejects.toMatchObject({ code: 'sign_in_again' });
      } finally {
        await back();
      }
    });

    test('signing out here ends the session there, and the other way round at once, for nobody else', async () => {
      await expectSignedOutThereToo(await house.signIn('cleo'), 'oidc');
      const [dan, cleo] = [await house.signIn('dan'), await house.signIn('cleo')];
      for (const page of [dan, cleo]) expect((await sessionOf(page)).status).toBe(200);
      const { id } = await personThere('dan');
      await administer('POST', `/users/${id}/logout`);
      await expect.poll(async () => (await sessionOf(dan)).status, { timeout: 30_000 }).toBe(401);
      expect((await sessionOf(cleo)).status).toBe(200);
    });
  },
);
