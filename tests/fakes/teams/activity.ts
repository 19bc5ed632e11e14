import { BOT_ID, personalOf, serviceUrlOf, TENANT, type Json, type Tenant } from './tenant.ts';

/** What a person writes, and where: in the personal chat unless a chat, or a thread of a channel, is named. */
export type Writing = { user: string; chat?: string; text: string; mention?: boolean };

/** A message of a person as Teams delivers it; it mentions the bot unless said otherwise. */
export function activityOf(tenant: Tenant, { user, chat, text, mention = true }: Writing): Json {
  const from = tenant.users.get(user);
  if (!from) throw new Error(`no user ${user}`);
  const conversationId = chat ?? personalOf(user);
  const place = tenant.chats.get(conversationId.split(';')[0]!);
  if (!place) throw new Error(`no chat ${conversationId}`);
  const marked = place.kind === 'personal' || !mention ? text : `<at>Gatehouse</at> ${text}`;
  const id = tenant.newId();
  return {
    type: 'message',
    id,
    timestamp: new Date(Number(id)).toISOString(),
    channelId: 'msteams',
    serviceUrl: serviceUrlOf(tenant),
    from: { id: from.id, name: from.name, ...(from.objectId ? { aadObjectId: from.objectId } : {}) },
    recipient: { id: BOT_ID, name: 'Gatehouse' },
    conversation: {
      id:
        place.kind === 'channel' && !conversationId.includes(';')
          ? `${conversationId};messageid=${id}`
          : conversationId,
      conversationType: place.kind,
      tenantId: TENANT,
      ...(place.kind === 'personal' ? {} : { isGroup: true }),
      ...(place.kind === 'groupChat' && place.name ? { name: place.name } : {}),
    },
    text: marked,
    textFormat: 'plain',
    attachments: [{ contentType: 'text/html', content: `<p>${marked}</p>` }],
    entities: [
      { type: 'clientInfo', locale: 'en-GB', country: 'GB', platform: 'Web' },
      ...(marked === text
        ? []
        : [{ type: 'mention', text: '<at>Gatehouse</at>', mentioned: { id: BOT_ID, name: 'Gatehouse' } }]),
    ],
    channelData: {
      tenant: { id: TENANT },
      ...(place.kind === 'channel'
        ? { channel: { id: place.id, name: place.name ?? 'General' }, team: { id: '19:team@thread.tacv2' } }
        : {}),
    },
    locale: 'en-GB',
  };
}
