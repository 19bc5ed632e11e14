import { randomBytes } from 'node:crypto';

export type PersonId = string;
export type GroupId = string;
export type KnowledgeBaseId = string;
export type DocumentId = string;
export type VersionId = string;
export type ConversationId = string;
export type MessageId = string;
export type ProviderId = string;
export type IdentityId = string;

/** A new UUIDv7 (RFC 9562): ids sort by the time they were made, so that an index grows at its end. */
export function newId(now: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
