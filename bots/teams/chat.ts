/** A conversation of Teams as far as it takes to write into it: of our own making, so that it outlives the SDK. */
export type Chat = Readonly<{
  kind: 'personal' | 'group' | 'channel';
  serviceUrl: string;
  /** In a channel with the thread: `19:…@thread.tacv2;messageid=…`. */
  conversationId: string;
  tenantId: string;
  /** The bot's own id in Teams, `28:` and its app id. */
  botId: string;
}>;

/** Where an asker's conversation with us is kept under: thread by thread in channels. */
export const threadKeyOf = (chat: Chat): string => `${chat.tenantId}:${chat.conversationId}`;

/** The whole channel or chat of a thread. */
export const wholeConversationId = (conversationId: string): string => conversationId.replace(/;messageid=.*$/, '');
