import { z } from 'zod';
import { KINDS, PROVIDER_KINDS, type ProviderKind } from './settings.ts';

/** A setting of a provider as a form needs it. */
export type SettingField = Readonly<{
  name: string;
  type: 'text' | 'choice' | 'switch' | 'number' | 'list' | 'pairs';
  /** Whether a provider can't be made without it. */
  required: boolean;
  /** What may be chosen, or the names that pairs may have; none otherwise. */
  choices: readonly string[];
  /** null: empty. */
  initial: unknown;
}>;

type Schema = {
  type?: string;
  enum?: string[];
  anyOf?: Schema[];
  items?: Schema;
  propertyNames?: Schema;
};

/** What may be set for each kind of provider, made from the same schemas that check it. */
export const settingFields = (): { kind: ProviderKind; fields: SettingField[]; secrets: string[] }[] =>
  PROVIDER_KINDS.map((kind) => ({
    kind,
    fields: Object.entries(propertiesOf(KINDS[kind].settings)).map(([name, schema]) =>
      fieldOf(name, schema, KINDS[kind].settings.shape),
    ),
    secrets: 'made' in KINDS[kind] ? [] : Object.keys(propertiesOf(KINDS[kind].secrets)),
  }));

const propertiesOf = (schema: z.ZodType): Record<string, Schema> =>
  (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, Schema> })
    .properties ?? {};

function fieldOf(name: string, given: Schema, shape: Readonly<Record<string, z.ZodType>>): SettingField {
  const schema = given.anyOf?.find(({ type }) => type !== 'null') ?? given;
  const without = shape[name]?.safeParse(undefined);
  return {
    name,
    type: typeOf(schema),
    required: without?.success !== true,
    choices: schema.enum ?? schema.propertyNames?.enum ?? [],
    initial: without?.success ? without.data : null,
  };
}

function typeOf(schema: Schema): SettingField['type'] {
  if (schema.enum) return 'choice';
  if (schema.type === 'boolean') return 'switch';
  if (schema.type === 'integer' || schema.type === 'number') return 'number';
  if (schema.type === 'array') return 'list';
  return schema.type === 'object' ? 'pairs' : 'text';
}
