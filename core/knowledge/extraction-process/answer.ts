import { z } from 'zod';

const FILE_CODES = [
  'file_empty',
  'file_too_large',
  'file_type_unknown',
  'file_type_mismatch',
  'file_encrypted',
  'file_corrupt',
  'file_bomb',
  'file_no_text',
  'file_memory',
] as const;

const page = z.number().int().min(1).nullable();

/** An extraction process's answer. It has read hostile bytes, so its words are checked like a stranger's. */
export const answerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('refused'), code: z.enum(FILE_CODES), message: z.string().max(1_000) }),
  z.object({
    kind: z.literal('extracted'),
    document: z.object({ title: z.string().max(300).nullable(), language: z.string().max(20).nullable(), pages: page }),
    passages: z.array(
      z.object({
        ordinal: z.number().int().min(0),
        page,
        pageEnd: page,
        heading: z.string().max(400).nullable(),
        text: z.string().min(1).max(5_000),
        rects: z.array(z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()])),
      }),
    ),
  }),
]);

export type Answer = z.infer<typeof answerSchema>;
