/** Whoever comes to a door that is not for people: what they have of ours must count for nothing there. */
export const VISITORS = ['nobody', 'user', 'admin', 'key of an admin'] as const;

/**
 * Every address beside the API's, with what each visitor alike is answered without what the door asks for: a provider that
 * is there, a signature of Slack, a token of Teams. 303 leads to the page that says what went wrong.
 */
// oxfmt-ignore
export const DOORS: Record<string, number | readonly number[]> = {
  'GET /health':                                200,
  // A machine that has much else to do may take too long to say so.
  'GET /ready':                                 [200, 503],
  'GET /api/openapi.json':                      200,
  'GET /api/docs':                              200,
  'GET /auth/oidc/:key/start':                  303,
  'GET /auth/oidc/:key/callback':               303,
  'POST /auth/oidc/:key/backchannel-logout':    400,
  'GET /auth/oauth2/:key/start':                303,
  'GET /auth/oauth2/:key/callback':             303,
  'GET /auth/saml/:key/start':                  303,
  'POST /auth/saml/:key/callback':              303,
  'GET /auth/saml/:key/logout':                 303,
  'POST /auth/saml/:key/logout':                303,
  'GET /auth/saml/:key/metadata':               404,
  'GET /auth/header/:key/start':                303,
  'POST /slack/events':                         401,
  'POST /api/messages':                         401,
};

/** Who may try to provision people: two of ours, and tokens of providers. */
export const PROVISIONERS = [
  'nobody',
  'admin of ours',
  'key of an admin',
  'revoked',
  'another provider',
  'the provider',
] as const;

/** What provisioning answers each of them about a person or a group of the provider. */
// oxfmt-ignore
export const PROVISIONING: Record<string, readonly number[]> = {
  //                                     nobody admi key  revk othr own
  'GET /scim/v2/Users':                  [401, 401, 401, 401, 200, 200],
  'POST /scim/v2/Users':                 [401, 401, 401, 401, 201, 201],
  'GET /scim/v2/Users/:id':              [401, 401, 401, 401, 404, 200],
  'PUT /scim/v2/Users/:id':              [401, 401, 401, 401, 404, 200],
  'PATCH /scim/v2/Users/:id':            [401, 401, 401, 401, 404, 200],
  'DELETE /scim/v2/Users/:id':           [401, 401, 401, 401, 404, 204],
  'GET /scim/v2/Groups':                 [401, 401, 401, 401, 200, 200],
  'POST /scim/v2/Groups':                [401, 401, 401, 401, 201, 201],
  'GET /scim/v2/Groups/:id':             [401, 401, 401, 401, 404, 200],
  'PUT /scim/v2/Groups/:id':             [401, 401, 401, 401, 404, 200],
  'PATCH /scim/v2/Groups/:id':           [401, 401, 401, 401, 404, 204],
  'DELETE /scim/v2/Groups/:id':          [401, 401, 401, 401, 404, 204],
  'GET /scim/v2/ServiceProviderConfig':  [401, 401, 401, 401, 200, 200],
  'GET /scim/v2/ResourceTypes':          [401, 401, 401, 401, 200, 200],
  'GET /scim/v2/ResourceTypes/:name':    [401, 401, 401, 401, 200, 200],
  'GET /scim/v2/Schemas':                [401, 401, 401, 401, 200, 200],
  'GET /scim/v2/Schemas/:name':          [401, 401, 401, 401, 200, 200],
};
