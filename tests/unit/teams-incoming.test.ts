import { describe, expect, test } from 'vitest';
import { activitySchema, inboxKeys, readFeedback, readMessage, type Activity } from '../../bots/teams/incoming.ts';
import { memberOf } from '../../bots/teams/member.ts';

const BOT = '28:bot';
const activity = (given: object = {}): Activity =>
  activitySchema.parse({
    type: 'message',
    id: '1',
    timestamp: '2026-11-21T10:00:00.000Z',
    channelId: 'msteams',
    serviceUrl: 'https://smba.trafficmanager.net/emea/',
    from: { id: '29:anna', name: 'Anna', aadObjectId: 'o1' },
    recipient: { id: BOT, name: 'Gatehouse' },
    conversation: { id: '19:a@thread.tacv2;messageid=5', conversationType: 'channel', tenantId: 't1' },
    channelData: { tenant: { id: 't1' }, channel: { id: '19:a@thread.tacv2', name: 'General' } },
    text: '<at>Gatehouse</at>&nbsp;what does <at>Ben Carter</at> say?',
    entities: [
      { type: 'mention', text: '<at>Gatehouse</at>', mentioned: { id: BOT, name: 'Gatehouse' } },
      { type: 'mention', text: '<at>Ben Carter</at>', mentioned: { id: '29:ben', name: 'Ben Carter' } },
      { type: 'clientInfo', locale: 'en' },
    ],
    ...given,
  });

describe('a message', () => {
  test('is read without the mention of the bot, others by their names', () => {
    expect(readMessage(activity())).toMatchObject({
      text: 'what does @Ben Carter say?',
      placeName: 'General',
      tenantsDisagree: false,
      chat: { kind: 'channel', conversationId: '19:a@thread.tacv2;messageid=5', tenantId: 't1' },
    });
  });

  test('in a conversation of a kind that we do not know is taken for one where others read along', () => {
    const conversation = { id: 'x', conversationType: 'something', tenantId: 't1' };
    expect(readMessage(activity({ conversation }))?.chat.kind).toBe('group');
    expect(readMessage(activity({ conversation, entities: [] }))).toBeNull();
    expect(readMessage(activity({ conversation: { id: 'x', tenantId: 't1' }, entities: [] }))).toBeNull();
  });

  test('of the bot itself, and one without a text, is none', () => {
    expect(readMessage(activity({ from: { id: BOT } }))).toBeNull();
    expect(readMessage(activity({ text: undefined }))).toBeNull();
  });

  test('that names two tenants says so', () => {
    expect(readMessage(activity({ channelData: { tenant: { id: 't2' } } }))?.tenantsDisagree).toBe(true);
  });

  test('of another channel of Microsoft, or without an address, is not taken', () => {
    expect(activitySchema.safeParse({ ...activity(), channelId: 'emulator' }).success).toBe(false);
    expect(activitySchema.safeParse({ ...activity(), serviceUrl: 'javascript:alert(1)' }).success).toBe(false);
  });
});

describe('two deliveries', () => {
  test('under two ids are the same if place, sender, time and text are', () => {
    const [one, two] = [inboxKeys(activity()), inboxKeys(activity({ id: '2' }))];
    expect(one.id).not.toBe(two.id);
    expect(one.content).toBe(two.content);
    for (const other of [{ text: 'other' }, { timestamp: '2026-11-21T10:00:00.001Z' }, { from: { id: '29:ben' } }])
      expect(inboxKeys(activity(other)).content).not.toBe(one.content);
    expect(inboxKeys(activity({ conversation: { id: 'y', tenantId: 't1' } })).id).not.toBe(one.id);
    expect(JSON.stringify(one)).not.toMatch(/what does|anna/i);
  });
});

test('a thumb is read whether its comment is JSON or plain words, and nothing else is taken for one', () => {
  const press = (value: unknown) =>
    readFeedback(activity({ type: 'invoke', name: 'message/submitAction', replyToId: '9', value }));
  expect(
    press({ actionName: 'feedback', actionValue: { reaction: 'like', feedback: '{"feedbackText":""}' } })?.rating,
  ).toBe('good');
  expect(press({ actionName: 'feedback', actionValue: { reaction: 'dislike', feedback: 'no' } })?.rating).toBe('bad');
  expect(press({ actionName: 'feedback', actionValue: { reaction: 'love' } })).toBeNull();
  expect(press(null)).toBeNull();
});

describe('a row of the list of members', () => {
  const row = {
    id: '29:x',
    name: 'X',
    aadObjectId: 'o',
    tenantId: 't1',
    userPrincipalName: 'x@acme.test',
    userRole: 'user',
  };
  test.for([
    ['a colleague', {}, null],
    ['a colleague by the other name of the same field', { aadObjectId: undefined, objectId: 'o' }, null],
    ['a guest by role', { userRole: 'Guest' }, 'guest'],
    ['a guest by sign-in name', { userPrincipalName: 'x_partner.test#ext#@acme.test' }, 'guest'],
    ['somebody of another tenant', { tenantId: 't2' }, 'stranger'],
    ['somebody anonymous', { aadObjectId: null }, 'stranger'],
    ['an anonymous meeting guest', { userRole: 'anonymous' }, 'stranger'],
    ['somebody without a tenant', { tenantId: undefined }, 'unverifiable'],
    ['somebody without a sign-in name', { userPrincipalName: null }, 'unverifiable'],
    ['a bot', { id: '28:x' }, 'bot'],
  ] as const)('tells %s', ([, given, refusal]) => {
    expect(memberOf({ ...row, ...given }, 't1').refusal).toBe(refusal);
  });
});
