import { z } from 'zod';
import { common } from './common.ts';

const header = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'must be the name of a header');

/** A proxy that has signed the person in and says in headers who it is. */
export const headerSettings = z.object({
  ...common,
  /** Networks of the proxies that are believed. Whoever can reach the portal from there can be anybody. */
  networks: z.array(z.string().min(1).max(100)).min(1).max(50),
  subjectHeader: header,
  nameHeader: header.nullable().default(null),
  emailHeader: header.nullable().default(null),
  groupsHeader: header.nullable().default(null),
});

export const headerSecrets = z.object({});
