/** The names by which RFC 7643 and 7644 know what we speak. */
export const URN = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  list: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  error: 'urn:ietf:params:scim:api:messages:2.0:Error',
  config: 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
  resourceType: 'urn:ietf:params:scim:schemas:core:2.0:ResourceType',
  schema: 'urn:ietf:params:scim:schemas:core:2.0:Schema',
} as const;

/** Resources on one page. */
export const MOST_ON_A_PAGE = 200;

type Attribute = Readonly<Record<string, unknown>>;

const attribute = (name: string, description: string, more: Attribute = {}): Attribute => ({
  name,
  type: 'string',
  multiValued: false,
  description,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...more,
});

const EXTERNAL_ID = attribute('externalId', 'The id that the client itself has for it; it never changes', {
  caseExact: true,
  uniqueness: 'server',
});

const SCHEMAS = [
  {
    id: URN.user,
    name: 'User',
    description: 'A person',
    attributes: [
      attribute('userName', 'The name by which the client finds the user', { required: true, uniqueness: 'server' }),
      EXTERNAL_ID,
      attribute('displayName', 'What the person is called'),
      attribute('name', 'The parts of the name', {
        type: 'complex',
        subAttributes: [
          attribute('formatted', 'The whole name'),
          attribute('givenName', 'The given name'),
          attribute('familyName', 'The family name'),
        ],
      }),
      attribute('emails', 'Addresses; the primary one is shown', {
        type: 'complex',
        multiValued: true,
        subAttributes: [
          attribute('value', 'The address'),
          attribute('type', 'Such as work'),
          attribute('primary', 'Whether it is the one to write to', { type: 'boolean' }),
        ],
      }),
      attribute('preferredLanguage', 'The language that the person wants'),
      attribute('locale', 'The language where none is preferred'),
      attribute('active', 'Whether the person may come in; false ends sessions, keys and chat at once', {
        type: 'boolean',
      }),
      attribute('groups', 'The groups that the person is in', {
        type: 'complex',
        multiValued: true,
        mutability: 'readOnly',
        subAttributes: [
          attribute('value', 'The id of the group', { mutability: 'readOnly' }),
          attribute('display', 'The name of the group', { mutability: 'readOnly' }),
        ],
      }),
    ],
  },
  {
    id: URN.group,
    name: 'Group',
    description: 'A group of the provider, which an administrator maps to one here',
    attributes: [
      attribute('displayName', 'What the group is called', { required: true }),
      EXTERNAL_ID,
      attribute('members', 'Users; no groups', {
        type: 'complex',
        multiValued: true,
        subAttributes: [
          attribute('value', 'The id of a user', { mutability: 'immutable' }),
          attribute('display', 'What the user is called', { mutability: 'readOnly' }),
          attribute('type', 'User', { mutability: 'immutable', canonicalValues: ['User'] }),
        ],
      }),
    ],
  },
] as const;

const supported = (yes: boolean, more: Attribute = {}): Attribute => ({ supported: yes, ...more });

/** What a client may ask of us. `base`: the address of /scim/v2. */
export const serviceProviderConfig = (base: string): Attribute => ({
  schemas: [URN.config],
  patch: supported(true),
  bulk: supported(false, { maxOperations: 0, maxPayloadSize: 0 }),
  filter: supported(true, { maxResults: MOST_ON_A_PAGE }),
  changePassword: supported(false),
  sort: supported(false),
  etag: supported(true),
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token',
      description: 'A token that an administrator makes for this provider in the portal',
      specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
});

export const resourceTypes = (base: string): Attribute[] =>
  SCHEMAS.map(({ id, name, description }) => ({
    schemas: [URN.resourceType],
    id: name,
    name,
    endpoint: `/${name}s`,
    description,
    schema: id,
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${name}` },
  }));

export const schemas = (base: string): Attribute[] =>
  SCHEMAS.map((schema) => ({
    schemas: [URN.schema],
    ...schema,
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${schema.id}` },
  }));
