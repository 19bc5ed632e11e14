import { CloudAdapter, ConfigurationBotFrameworkAuthentication } from 'botbuilder';
import {
  AuthenticationConfiguration,
  AuthenticationConstants,
  type Claim,
  type ServiceClientCredentialsFactory,
} from 'botframework-connector';
import type { Config } from '../../core/config.ts';
import { AppError } from '../../core/errors.ts';
import { oneTryClient } from './wire.ts';

/** The addresses of the Teams that we talk to. */
export type Cloud = Readonly<{
  /** Where the keys of incoming tokens are listed. */
  openIdMetadataUrl: string;
  /** The SDK's path for its emulator can't be turned off, only rejected afterwards. */
  emulatorOpenIdMetadataUrl: string;
  /** The only one whose tokens count. */
  issuer: string;
  /** The only addresses that our own tokens may be sent to. */
  serviceOrigins: readonly string[];
  /** Tokens for what we send; the bot's app id and password at Entra unless said otherwise. */
  credentials?: ServiceClientCredentialsFactory;
}>;

/** Public Teams; GCC shares its sign-in. Other government clouds and China have an issuer of their own. */
export const PUBLIC_CLOUD: Cloud = {
  openIdMetadataUrl: AuthenticationConstants.ToBotFromChannelOpenIdMetadataUrl,
  emulatorOpenIdMetadataUrl: AuthenticationConstants.ToBotFromEmulatorOpenIdMetadataUrl,
  issuer: AuthenticationConstants.ToBotFromChannelTokenIssuer,
  serviceOrigins: ['https://smba.trafficmanager.net', 'https://smba.infra.gcc.teams.microsoft.com'],
};

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

export type Connection = Readonly<{
  appId: string;
  adapter: CloudAdapter;
  authentication: ConfigurationBotFrameworkAuthentication;
  issuer: string;
  /** Whether we may write to what calls itself Teams there. */
  mayWriteTo(serviceUrl: URL): boolean;
  /** False with the local playground only. */
  tokens: boolean;
}>;

/**
 * The SDK's two halves, for what comes in and what goes out. In emulator mode, which config allows on loopback only, without
 * tokens; an empty app id means that to the SDK in any mode, so a cloud without one is refused.
 * @throws AppError 'bad_setting'.
 */
export function connect(config: Config, cloud: Cloud = PUBLIC_CLOUD): Connection {
  const options = { httpClient: oneTryClient() };
  if (config.TEAMS_MODE === 'emulator') {
    const authentication = new ConfigurationBotFrameworkAuthentication({}, undefined, undefined, undefined, options);
    return {
      appId: '',
      adapter: new CloudAdapter(authentication),
      authentication,
      issuer: '',
      mayWriteTo: ({ hostname }) => LOOPBACK_HOSTS.includes(hostname),
      tokens: false,
    };
  }
  const { TEAMS_APP_ID: appId, TEAMS_APP_PASSWORD: password, TEAMS_TENANT_ID: tenantId } = config;
  if (!appId || !password || !tenantId)
    throw new AppError('bad_setting', 'TEAMS_APP_ID, TEAMS_APP_PASSWORD and TEAMS_TENANT_ID are required for Teams');
  const authentication = new ConfigurationBotFrameworkAuthentication(
    {
      MicrosoftAppId: appId,
      MicrosoftAppPassword: password,
      MicrosoftAppTenantId: tenantId,
      MicrosoftAppType: 'SingleTenant',
      // Naming one of these makes the SDK forget its defaults for all others.
      ValidateAuthority: true,
      ToChannelFromBotLoginUrl: AuthenticationConstants.ToChannelFromBotLoginUrl,
      ToChannelFromBotOAuthScope: AuthenticationConstants.ToChannelFromBotOAuthScope,
      ToBotFromChannelTokenIssuer: cloud.issuer,
      OAuthUrl: AuthenticationConstants.OAuthUrl,
      ToBotFromChannelOpenIdMetadataUrl: cloud.openIdMetadataUrl,
      ToBotFromEmulatorOpenIdMetadataUrl: cloud.emulatorOpenIdMetadataUrl,
      CallerId: 'urn:botframework:azure',
    },
    cloud.credentials,
    new AuthenticationConfiguration(['msteams'], onlyFrom(cloud.issuer, appId)),
    undefined,
    options,
  );
  return {
    appId,
    adapter: new CloudAdapter(authentication),
    authentication,
    issuer: cloud.issuer,
    mayWriteTo: ({ origin, username, password }) =>
      username === '' && password === '' && cloud.serviceOrigins.includes(origin),
    tokens: true,
  };
}

/** The SDK also believes tokens that Entra made for the bot's own app: whoever holds its password could be anybody. */
const onlyFrom = (issuer: string, appId: string) => async (claims: Claim[]) => {
  const value = (type: string) => claims.find((claim) => claim.type === type)?.value;
  if (value('iss') !== issuer || value('aud') !== appId) throw new Error('not a token of the Bot Connector');
};
