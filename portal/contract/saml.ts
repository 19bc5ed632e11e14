import { z } from 'zod';
import { call } from './call.ts';
import { instant } from './shapes.ts';

export const readSamlMetadata = call({
  method: 'POST',
  path: '/saml-metadata',
  summary: 'Read the metadata of a SAML provider, from its address or as pasted, into settings; nothing is stored',
  topic: 'Providers',
  access: 'people',
  body: z
    .object({
      url: z.string().trim().max(2_000).optional(),
      xml: z.string().max(2_000_000).optional(),
      /** Whom of several that it describes. */
      idpEntityId: z.string().trim().min(1).max(1_000).optional(),
    })
    .refine(({ url, xml }) => (url === undefined) !== (xml === undefined), 'needs either url or xml'),
  status: 200,
  answers: z.object({
    idpEntityId: z.string(),
    signInUrl: z.string(),
    signOutUrl: z.string().nullable(),
    certificates: z.array(
      z.object({
        pem: z.string(),
        /** SHA-256, to compare with what the provider's own page shows. */
        fingerprint: z.string(),
        validTo: instant,
      }),
    ),
  }),
});
