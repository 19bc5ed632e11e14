/** What schema.prisma says about the database, each fact as a line that the database's catalogue can be asked for as well. */

type Field = { name: string; type: string; list: boolean; optional: boolean; attributes: string };
type Model = { name: string; table: string; fields: Field[]; blocks: string[] };

const TYPES: Record<string, string> = {
  String: 'text',
  Int: 'integer',
  BigInt: 'bigint',
  Boolean: 'boolean',
  DateTime: 'timestamp(3) without time zone',
  Float: 'double precision',
  Json: 'jsonb',
  Bytes: 'bytea',
};
const NATIVE_TYPES: Record<string, string> = {
  Uuid: 'uuid',
  Timestamptz: 'timestamp with time zone',
  Real: 'real',
  Date: 'date',
};

export function factsOfPrisma(schema: string): string[] {
  const models = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, name, body]) =>
    modelOf(name!, body!),
  );
  const byName = new Map(models.map((model) => [model.name, model]));
  return models.flatMap((model) => [`table ${model.table}`, ...factsOf(model, byName)]).toSorted();
}

function modelOf(name: string, body: string): Model {
  const lines = body
    .split('\n')
    .map((line) => line.replace(/\/\/.*$/, '').trim())
    .filter(Boolean);
  const blocks = lines.filter((line) => line.startsWith('@@'));
  const fields = lines
    .filter((line) => !line.startsWith('@@'))
    .map((line): Field => {
      const [, field, type, mark, attributes] = /^(\w+)\s+(Unsupported\("[^"]+"\)|\w+)(\[\]|\?)?\s*(.*)$/.exec(line)!;
      return { name: field!, type: type!, list: mark === '[]', optional: mark === '?', attributes: attributes! };
    });
  const table = /@@map\("([^"]+)"\)/.exec(blocks.join('\n'))?.[1] ?? name;
  return { name, table, fields, blocks };
}

function factsOf({ table, fields, blocks }: Model, models: ReadonlyMap<string, Model>): string[] {
  const columnOf = (name: string) => column(fields.find((field) => field.name === name)!);
  const columnsOf = (names: string) =>
    names
      .split(',')
      .map((each) => columnOf(each.trim().replace(/\(.*$/, '')))
      .join(', ');
  const facts: string[] = [];
  for (const field of fields) {
    const target = models.get(field.type);
    if (target) {
      const relation = /fields: \[([^\]]+)\], references: \[([^\]]+)\](?:, onDelete: (\w+))?/.exec(field.attributes);
      const theirs = (names: string) =>
        names
          .split(',')
          .map((each) => column(target.fields.find(({ name }) => name === each.trim())!))
          .join(', ');
      if (relation)
        facts.push(
          `${table} (${columnsOf(relation[1]!)}) references ${target.table} (${theirs(relation[2]!)}) on delete ${relation[3] ?? 'NoAction'}`,
        );
      continue;
    }
    const hasDefault = field.attributes.includes('@default(');
    facts.push(
      `${table}.${column(field)} ${typeOf(field)}${field.optional ? '' : ' not null'}${hasDefault ? ' with a default' : ''}`,
    );
    if (/@id\b/.test(field.attributes)) facts.push(`${table} primary key (${column(field)})`);
    if (/@unique\b/.test(field.attributes)) facts.push(`${table} unique (${column(field)})`);
  }
  for (const block of blocks) {
    const [, kind, names] = /^@@(id|unique|index)\(\[((?:[^[\]]|\([^)]*\))+)\]/.exec(block) ?? [];
    if (kind)
      facts.push(`${table} ${{ id: 'primary key', unique: 'unique', index: 'index' }[kind]} (${columnsOf(names!)})`);
  }
  return facts;
}

const column = (field: Field): string => /@map\("([^"]+)"\)/.exec(field.attributes)?.[1] ?? field.name;

function typeOf({ type, list, attributes }: Field): string {
  const unsupported = /^Unsupported\("([^"]+)"\)$/.exec(type)?.[1];
  const native = /@db\.(\w+)/.exec(attributes)?.[1];
  const plain = unsupported ?? (native ? (NATIVE_TYPES[native] ?? native) : (TYPES[type] ?? type));
  return `${plain}${list ? '[]' : ''}`;
}
