import { z } from 'zod';
import { call } from './call.ts';
import { byId, id, instant, listOf, named } from './shapes.ts';

export const PROVIDER_KINDS = ['oidc', 'oauth2', 'saml', 'ldap', 'header'] as const;
const kind = z.enum(PROVIDER_KINDS);
export type ProviderKind = z.infer<typeof kind>;

const settings = z.record(z.string(), z.unknown());

/** An identity provider as administrators see it; of its secrets only which are set. */
const provider = z
  .object({
    id,
    /** Part of its addresses; never changes. */
    key: z.string(),
    kind,
    name: z.string(),
    enabled: z.boolean(),
    /** How old what it said about a person may be before it has to say it again. */
    maxAgeHours: z.int(),
    settings,
    secretsSet: z.array(z.string()),
    /** How many people sign in by it. */
    people: z.int(),
    /** Who made it or changed whom it believes, until another administrator confirms it: so long it brings nobody into a group. */
    inHandsOf: z.array(named),
    /** What has to be entered at the provider. */
    addresses: z.array(
      z.object({
        what: z.enum(['callback', 'back_channel_logout', 'signed_out', 'metadata', 'entity_id', 'logout', 'scim']),
        url: z.string(),
      }),
    ),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Provider' });
export type Provider = z.infer<typeof provider>;

const wanted = z.object({
  name: z.string().trim().min(1).max(100),
  enabled: z.boolean(),
  maxAgeHours: z.int().min(1).max(720),
  settings,
  /** Those left out stay as they are; null takes one away. */
  secrets: z.record(z.string(), z.string().max(20_000).nullable()).optional(),
});

export const listProviders = call({
  method: 'GET',
  path: '/providers',
  summary: 'The identity providers, by name',
  topic: 'Providers',
  access: 'people',
  status: 200,
  answers: listOf(provider),
});

export const listProviderKinds = call({
  method: 'GET',
  path: '/provider-kinds',
  summary: 'What may be set for each kind of provider',
  topic: 'Providers',
  access: 'people',
  status: 200,
  answers: z.object({
    items: z.array(
      z.object({
        kind,
        fields: z.array(
          z.object({
            name: z.string(),
            type: z.enum(['text', 'choice', 'switch', 'number', 'list', 'pairs']),
            required: z.boolean(),
            choices: z.array(z.string()),
            initial: z.unknown(),
          }),
        ),
        secrets: z.array(z.string()),
      }),
    ),
  }),
});

export const createProvider = call({
  method: 'POST',
  path: '/providers',
  summary: 'Add an identity provider',
  topic: 'Providers',
  // Who writes a provider decides who anybody is: no key comes to that, here and below.
  access: 'session',
  body: wanted.extend({
    key: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'may hold small letters, digits and hyphens, up to 40 of them'),
    kind,
  }),
  status: 201,
  answers: provider,
});

export const getProvider = call({
  method: 'GET',
  path: '/providers/{id}',
  summary: 'An identity provider',
  topic: 'Providers',
  access: 'people',
  params: byId,
  status: 200,
  answers: provider,
});

const known = wanted.extend({
  /** As it was when what is sent was read: where it is another since, nothing is changed. */
  updatedAt: instant.optional(),
});

export const updateProvider = call({
  method: 'PUT',
  path: '/providers/{id}',
  summary: 'Change an identity provider; disabling it ends the sessions that were opened through it',
  topic: 'Providers',
  access: 'session',
  params: byId,
  body: known,
  status: 200,
  answers: provider,
});

export const confirmProvider = call({
  method: 'POST',
  path: '/providers/{id}/confirmation',
  summary:
    'Confirm a provider that another administrator made, or changed whom it believes; `updatedAt` as which you looked at it',
  topic: 'Providers',
  access: 'session',
  params: byId,
  body: z.object({ updatedAt: instant }),
  status: 200,
  answers: provider,
});

export const deleteProvider = call({
  method: 'DELETE',
  path: '/providers/{id}',
  summary: 'Delete an identity provider; people who come from nowhere else are deactivated',
  topic: 'Providers',
  access: 'session',
  params: byId,
  status: 200,
  answers: z.object({ deactivated: z.int() }),
});

const toldAs = z.enum(['group', 'role']);
const mappedRole = z.enum(['user', 'admin']);
const externalId = z.string().trim().min(1).max(500);
const label = z.string().trim().max(200);

const mapping = z
  .object({
    id,
    toldAs,
    externalId,
    label,
    group: named.nullable(),
    role: mappedRole.nullable(),
    /** It gives nothing to whoever added it; null where nobody in particular did. */
    addedBy: named.nullable(),
  })
  .meta({ id: 'ProviderMapping' });
export type ProviderMapping = z.infer<typeof mapping>;

export const getMappings = call({
  method: 'GET',
  path: '/providers/{id}/mappings',
  summary: 'Which groups and roles of the provider give what here, and which it has named so far',
  topic: 'Providers',
  access: 'people',
  params: byId,
  status: 200,
  answers: z.object({
    items: z.array(mapping),
    seen: z.array(z.object({ toldAs, externalId: z.string(), label: z.string(), seenAt: instant, people: z.int() })),
  }),
});

export const addMapping = call({
  method: 'POST',
  path: '/providers/{id}/mappings',
  summary: 'Let a group or role of the provider give a group or role here, at once to all who are in it',
  topic: 'Providers',
  access: 'session',
  params: byId,
  body: z.object({
    toldAs,
    externalId,
    label: label.default(''),
    to: z.union([z.object({ groupId: id }), z.object({ role: mappedRole })]),
  }),
  status: 201,
  answers: mapping,
});

export const removeMapping = call({
  method: 'DELETE',
  path: '/providers/{id}/mappings/{mappingId}',
  summary: 'Take a mapping away, and at once what it gave',
  topic: 'Providers',
  access: 'session',
  params: byId.extend({ mappingId: id }),
  status: 204,
  answers: null,
});

const told = z.enum(['missing', 'not_asked', 'kept']);

const trialResult = z
  .object({
    /** What came, by name: what it holds is not shown. */
    claims: z.array(
      z.object({
        name: z.string(),
        from: z.enum(['id_token', 'user_info', 'assertion', 'directory', 'header']),
        kind: z.enum(['text', 'number', 'boolean', 'list', 'object', 'nothing']),
        count: z.int().nullable(),
      }),
    ),
    brings: z.object({
      name: z.boolean(),
      email: z.boolean(),
      language: z.boolean(),
      chat: z.boolean(),
      refreshToken: z.boolean(),
    }),
    groups: z.union([z.array(z.object({ id: z.string(), label: z.string() })), told]),
    roles: z.union([z.array(z.string()), told]),
    /** What the sign-in would have come to; null where it would have been refused. */
    becomes: z
      .object({
        person: z.enum(['new', 'known']),
        role: z.enum(['pending', 'user', 'admin']),
        active: z.boolean(),
        groups: z.array(named),
      })
      .nullable(),
    refused: z.string().nullable(),
  })
  .meta({ id: 'ProviderTrial' });
export type ProviderTrial = z.infer<typeof trialResult>;

const trialStep = z.object({
  step: z.string(),
  outcome: z.enum(['passed', 'warned', 'failed']),
  problem: z.string().nullable(),
  /** Codes and names, for whoever looks into it. */
  technical: z.string().nullable(),
  /** null where nobody measured it. */
  tookMs: z.int().nullable(),
});
export type ProviderTrialStep = z.infer<typeof trialStep>;

export const testProvider = call({
  method: 'POST',
  path: '/providers/{id}/test',
  summary:
    'Try a provider out, step by step; where all went well, with the beginning of a trial sign-in of this browser, or with what one would come to: of a directory for a `login`, of a proxy for this very request',
  topic: 'Providers',
  access: 'session',
  params: byId,
  /** Whom to look up in a directory; the password is theirs, and need not be given. */
  body: z
    .object({ login: z.string().trim().min(1).max(300), password: z.string().max(1_000) })
    .partial()
    .default({}),
  status: 200,
  answers: z.object({
    steps: z.array(trialStep),
    /** Open it in this browser: it leads back, and signs nobody in. */
    trial: z.object({ id, url: z.string() }).nullable(),
    /** Where nobody is sent anywhere for it. */
    result: trialResult.nullable(),
  }),
});

export const getTrial = call({
  method: 'GET',
  path: '/providers/{id}/trials/{trialId}',
  summary: 'What a trial sign-in brought and would have come to; null while nobody came back from it',
  topic: 'Providers',
  access: 'session',
  params: byId.extend({ trialId: id }),
  status: 200,
  answers: z.object({ result: trialResult.nullable() }),
});
