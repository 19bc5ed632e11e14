import { createSign, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import type { ServiceClientCredentialsFactory } from 'botframework-connector';
import { APP_ID, serviceUrlOf, type Json, type Tenant } from './tenant.ts';

export const OUR_TOKEN = 'the-bots-own-token';

type Key = { kid: string; jwk: Json; privateKey: KeyObject };

/** Keys that Teams signs with for this channel and for another one, and one that is not its own. */
export const newKeys = () => ({ good: newKey(['msteams']), skype: newKey(['skype']), foreign: newKey([]) });

export type Keys = ReturnType<typeof newKeys>;

function newKey(endorsements: string[]): Key {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const kid = randomUUID();
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', endorsements } };
}

/** A token as Teams sends it to this bot, with other claims, another key or no signature where a test wants that. */
export function signToken(
  tenant: Tenant,
  keys: Keys,
  claims: Json = {},
  { key = 'good', alg = 'RS256' }: { key?: keyof Keys; alg?: 'RS256' | 'none' } = {},
): string {
  const now = Math.floor(Date.now() / 1_000);
  const part = (value: Json) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${part({ typ: 'JWT', alg, kid: keys[key].kid })}.${part({
    iss: 'https://api.botframework.com',
    aud: APP_ID,
    serviceurl: serviceUrlOf(tenant),
    nbf: now - 10,
    exp: now + 600,
    ...claims,
  })}`;
  return `${body}.${alg === 'none' ? '' : createSign('RSA-SHA256').update(body).sign(keys[key].privateKey, 'base64url')}`;
}

/** Stands for Entra, which gives the bot its tokens over https only. */
export function ourCredentials(): ServiceClientCredentialsFactory {
  const sign = async (request: { headers: { set(name: string, value: string): void } }) => {
    request.headers.set('authorization', `Bearer ${OUR_TOKEN}`);
    return request;
  };
  return {
    isValidAppId: async (id: string) => id === APP_ID,
    isAuthenticationDisabled: async () => false,
    createCredentials: async () => ({ signRequest: sign }),
  } as unknown as ServiceClientCredentialsFactory;
}
