import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Cloud } from '../../../bots/teams/cloud.ts';
import { activityOf, type Writing } from './activity.ts';
import { teamsServer } from './server.ts';
import { aTenant, personalOf, serviceUrlOf, TENANT, type Json, type TeamsChat, type TeamsUser } from './tenant.ts';
import type { Trouble } from './tenant.ts';
import { newKeys, ourCredentials, signToken, type Keys } from './tokens.ts';

export type FakeTeams = Awaited<ReturnType<typeof startFakeTeams>>;

/**
 * A Bot Connector as strict as the real one where the local playground is not: tokens both ways from keys of its own, streams
 * with their sequence, pace, age and text, pages of members, limits of rate and size, who may be written to.
 */
export async function startFakeTeams() {
  const tenant = aTenant();
  const keys = newKeys();
  const { users, chats, messages, streams, troubles } = tenant;
  const server = teamsServer(tenant, keys);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  tenant.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { origin } = tenant;
  const cloud: Cloud = {
    openIdMetadataUrl: `${origin}/openid/configuration`,
    emulatorOpenIdMetadataUrl: `${origin}/openid/emulator`,
    issuer: 'https://api.botframework.com',
    serviceOrigins: [origin],
    credentials: ourCredentials(),
  };
  const token = (claims?: Json, how?: { key?: keyof Keys; alg?: 'RS256' | 'none' }) =>
    signToken(tenant, keys, claims, how);
  /** Delivers an activity with Teams' token, or with another or none. */
  const deliver = (
    activity: Json,
    given: { authorization?: string | null; headers?: Record<string, string> } = {},
  ): Promise<Response> => {
    const { authorization = `Bearer ${token()}`, headers = {} } = given;
    return fetch(tenant.botUrl, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(authorization === null ? {} : { Authorization: authorization }),
        ...headers,
      },
      body: JSON.stringify(activity),
    });
  };
  return Object.assign(tenant, {
    serviceUrl: serviceUrlOf(tenant),
    cloud,
    addUser(user: TeamsUser) {
      const usual = { objectId: randomUUID(), signInName: `${user.id}@acme.test`, tenantId: TENANT, installed: true };
      users.set(user.id, { ...usual, ...user });
      chats.set(personalOf(user.id), { id: personalOf(user.id), kind: 'personal', members: [user.id] });
    },
    addChat: (chat: TeamsChat) => void chats.set(chat.id, chat),
    personalOf,
    /** The next `times` calls that match fail. */
    trouble: (trouble: Omit<Trouble, 'left'>, times = 1) => void troubles.push({ ...trouble, left: times }),
    untrouble: () => void troubles.splice(0),
    /** What stands in a conversation, threads of a channel apart. */
    said: (conversationId: string) => messages.filter((message) => message.conversationId === conversationId),
    /** The same as text, threads of a channel together. */
    textIn: (conversationId: string) =>
      messages
        .filter((message) => message.conversationId.split(';')[0] === conversationId.split(';')[0])
        .map(({ activity }) => activity.text)
        .join('\n'),
    stopStream(conversationId: string) {
      for (const stream of streams.get(conversationId) ?? []) if (!stream.over) stream.over = 'stopped';
    },
    token,
    deliver,
    activityOf: (writing: Writing) => activityOf(tenant, writing),
    /** A person writes. Gives the activity that was delivered. */
    async say(writing: Writing): Promise<Json> {
      const activity = activityOf(tenant, writing);
      const response = await deliver(activity);
      if (response.status !== 200) throw new Error(`the bot answered ${response.status}`);
      return activity;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
