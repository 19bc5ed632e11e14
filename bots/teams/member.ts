import { z } from 'zod';
import type { Refusal } from '../../core/conversation/words.ts';

/** A row of Teams' own list of members. Some connectors name the object id one way, some the other. */
export const rosterRow = z.object({
  id: z.string(),
  name: z.string().nullish(),
  aadObjectId: z.string().nullish(),
  objectId: z.string().nullish(),
  tenantId: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
  userRole: z.string().nullish(),
  role: z.string().nullish(),
});

/** Somebody in a chat as far as it matters who they are. */
export type Member = Readonly<{
  id: string;
  /** With the sign-in name, so that a person recognises whose account it is. */
  name: string;
  /** Entra's object id: with the tenant, who this is. */
  objectId: string | null;
  refusal: Refusal | null;
}>;

/** Who a row is about, seen from the tenant of the conversation. What is missing makes a stranger, never a colleague. */
export function memberOf(row: z.infer<typeof rosterRow>, tenantId: string): Member {
  const objectId = row.aadObjectId || row.objectId || null;
  const signInName = row.userPrincipalName ?? '';
  const name = row.name || 'Somebody';
  return {
    id: row.id,
    name: signInName === '' ? name : `${name} (${signInName})`,
    objectId,
    refusal: refusalOf(row, objectId, tenantId),
  };
}

function refusalOf(row: z.infer<typeof rosterRow>, objectId: string | null, tenantId: string): Refusal | null {
  const userRole = row.userRole?.toLowerCase();
  if (row.id.startsWith('28:') || row.role === 'bot' || userRole === 'bot') return 'bot';
  if (userRole === 'guest' || row.userPrincipalName?.toUpperCase().includes('#EXT#')) return 'guest';
  if (objectId === null || userRole === 'anonymous') return 'stranger';
  if (row.tenantId && row.tenantId !== tenantId) return 'stranger';
  if (!row.tenantId || !row.userPrincipalName) return 'unverifiable';
  return null;
}
