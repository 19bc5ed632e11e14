import type { z } from 'zod';
import type { Context } from '../context.ts';

/** `number`: which try this is, from 1. `last`: no other follows when it fails. `signal`: aborted when the claim is lost or the process stops. */
export type Attempt = Readonly<{ number: number; last: boolean; signal: AbortSignal }>;

type Limits = Readonly<{
  name: string;
  /** Tries all in all; between them the wait doubles from `retrySeconds` up to `retrySecondsMax`. */
  attempts: number;
  retrySeconds: number;
  retrySecondsMax: number;
  /** After this long the try counts as failed, s. */
  timeoutSeconds: number;
  /** How many a process runs at once. `ingest`: as INGEST_CONCURRENCY says. */
  concurrency: number | 'ingest';
}>;

type Definition<Input extends object> = Limits &
  Readonly<{ input: z.ZodType<Input>; run(ctx: Context, input: Input, attempt: Attempt): Promise<void> }>;

/** A job as the queue sees it: what it runs on is still to be checked. */
export type AnyJob = Limits & Readonly<{ runOn(ctx: Context, data: unknown, attempt: Attempt): Promise<void> }>;

/** A job as a value. Running it twice is running it once; its input holds ids only. */
export type Job<Input extends object> = AnyJob & Definition<Input>;

/** Keeps the type of the input, so that `send` and `run` agree on it, and checks what comes back from the queue. */
export const defineJob = <Input extends object>(definition: Definition<Input>): Job<Input> =>
  Object.freeze({
    ...definition,
    runOn: (ctx: Context, data: unknown, attempt: Attempt) =>
      definition.run(ctx, definition.input.parse(data), attempt),
  });
