import { demand } from '../../../core/access/decide.ts';
import { seeMetadata } from '../../../core/identity/saml/described.ts';
import * as contract from '../../contract/saml.ts';
import { route } from '../route.ts';

/** What helps in setting up a SAML provider. */
export const samlSettingRoutes = [
  route(contract.readSamlMetadata, async ({ ctx, caller, body }) => {
    await demand(ctx, caller.person.id, 'settings.manage');
    const { url, xml = '', idpEntityId = null } = body;
    const seen = await seeMetadata(url === undefined ? { xml } : { url }, idpEntityId);
    return {
      ...seen,
      certificates: seen.certificates.map((each) => ({ ...each, validTo: each.validTo.toISOString() })),
    };
  }),
];
