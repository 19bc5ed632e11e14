import type { PersonId } from '../ids.ts';

export const ROLES = ['pending', 'user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export type Person = Readonly<{
  id: PersonId;
  name: string;
  email: string | null;
  role: Role;
  status: 'active' | 'deactivated';
  language: string | null;
  fromSample: boolean;
}>;
