import type { Context } from '../../context.ts';
import { knownClasses } from '../../models/known-classes.ts';
import { companyName } from './name.ts';

const lower = (text: string): string => text.toLowerCase();

/** What the database holds of all that a company file speaks of, under the names that such a file uses. */
export async function whatIsThere({ db }: Pick<Context, 'db'>) {
  const name = await companyName({ db });
  const groups = await db.group.findMany({ orderBy: { name: 'asc' } });
  const people = await db.person.findMany({
    include: { identities: { where: { issuer: 'local' }, select: { email: true } }, serviceAccount: true },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  });
  const memberships = await db.membership.findMany();
  const rules = await db.permissionRule.findMany();
  const knowledgeBases = await db.knowledgeBase.findMany({ where: { deletedAt: null }, orderBy: { name: 'asc' } });
  const models = await db.model.findMany({
    select: { id: true, name: true, classes: true, server: { select: { name: true } } },
    orderBy: { name: 'asc' },
  });
  const grants = await db.grant.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  const classes = await knownClasses(db);
  const providers = await db.identityProvider.findMany({ select: { id: true, key: true }, orderBy: { key: 'asc' } });
  const mappings = await db.groupMapping.findMany({ orderBy: [{ label: 'asc' }, { externalId: 'asc' }] });

  const humans = people.filter(({ kind }) => kind === 'human');
  const managing = new Map<string, boolean>();
  for (const { groupId, personId, manager } of memberships)
    managing.set(`${groupId} ${personId}`, manager || managing.get(`${groupId} ${personId}`) === true);
  return {
    company: name,
    groups: new Map(groups.map((group) => [lower(group.name), group])),
    people: byAddress(humans),
    serviceAccounts: new Map(
      people.flatMap((person) =>
        person.kind === 'service' && person.serviceAccount
          ? [[lower(person.name), { ...person, ...person.serviceAccount }] as const]
          : [],
      ),
    ),
    membershipsOf: Map.groupBy(memberships, ({ personId }) => personId),
    managing,
    rules: new Map(rules.map((rule) => [`${rule.groupId} ${rule.permission}`, rule])),
    knowledgeBases: new Map(knowledgeBases.map((base) => [lower(base.name), base])),
    models,
    classes,
    // A grant on all models stands under the word `model`, the others under the id of what they are for.
    grants: new Map(
      grants.map((grant) => [`${grant.resourceId ?? grant.resourceKind} ${grant.toKind} ${grant.toId}`, grant]),
    ),
    providers: new Map(providers.map(({ key, id }) => [key, id])),
    mappings,
  };
}

export type There = Awaited<ReturnType<typeof whatIsThere>>;

/** People by the address of their local account, else by an address of their own that nobody else has. */
function byAddress<Person extends { email: string | null; identities: { email: string | null }[] }>(
  people: readonly Person[],
): Map<string, Person> {
  const local = new Map(
    people.flatMap((person) =>
      person.identities.flatMap(({ email }) => (email ? [[lower(email), person] as const] : [])),
    ),
  );
  const counts = new Map<string, number>();
  for (const { email } of people) if (email) counts.set(lower(email), (counts.get(lower(email)) ?? 0) + 1);
  for (const person of people) {
    const email = person.email && lower(person.email);
    if (email && person.identities.length === 0 && counts.get(email) === 1 && !local.has(email))
      local.set(email, person);
  }
  return local;
}
