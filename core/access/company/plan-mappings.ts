import type { Drafting } from './plan.ts';

/** What groups and roles of identity providers give here. The providers themselves, with their secrets, are set up by hand. */
export function planMappings({ company, there, plan, groupIds, say, same }: Drafting): void {
  for (const mapping of company.mappings) {
    const { provider, toldAs, externalId, label, to } = mapping;
    const title = `${provider}: ${label || externalId}${'role' in to ? `, role ${to.role}` : `, ${to.group}`}`;
    const providerId = there.providers.get(provider);
    if (providerId === undefined) {
      say('mapping', title, 'skip', `there is no identity provider with the key ${provider}`);
      continue;
    }
    const groupId = 'group' in to ? (groupIds.get(to.group) ?? '') : null;
    const role = 'role' in to ? to.role : null;
    const known = there.mappings.some(
      (each) =>
        each.providerId === providerId &&
        each.toldAs === toldAs &&
        each.externalId === externalId &&
        each.groupId === groupId &&
        each.role === role,
    );
    if (known) same();
    else {
      plan.mappings.push({ providerId, mapping, groupId, title });
      say('mapping', title, 'create', 'group' in to ? `into ${to.group}` : `role ${to.role}`);
    }
  }
}
