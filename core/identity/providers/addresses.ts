import type { Context } from '../../context.ts';
import type { Provider } from './store.ts';

/** An address of ours that has to be entered at the provider. */
export type ProviderAddress = Readonly<{
  what: 'callback' | 'back_channel_logout' | 'signed_out' | 'metadata' | 'entity_id' | 'logout' | 'scim';
  url: string;
}>;

/** The addresses that a provider has to be told, by its kind. */
export const addressesOf = (ctx: Pick<Context, 'config'>, provider: Provider): ProviderAddress[] => [
  ...signInAddresses(ctx, provider),
  { what: 'scim', url: `${ctx.config.PUBLIC_URL}/scim/v2` },
];

function signInAddresses({ config }: Pick<Context, 'config'>, provider: Provider): ProviderAddress[] {
  const own = `${config.PUBLIC_URL}/auth/${provider.kind}/${provider.key}`;
  const signedOut = { what: 'signed_out', url: `${config.PUBLIC_URL}/sign-in?signed-out=1` } as const;
  switch (provider.kind) {
    case 'oidc':
      return [
        { what: 'callback', url: `${own}/callback` },
        signedOut,
        { what: 'back_channel_logout', url: `${own}/backchannel-logout` },
      ];
    case 'oauth2':
      return [{ what: 'callback', url: `${own}/callback` }];
    case 'saml':
      return [
        { what: 'metadata', url: `${own}/metadata` },
        { what: 'entity_id', url: provider.settings.entityId ?? own },
        { what: 'callback', url: `${own}/callback` },
        { what: 'logout', url: `${own}/logout` },
      ];
    case 'ldap':
    case 'header':
      return [];
  }
}
