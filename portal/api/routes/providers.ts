import { demand } from '../../../core/access/decide.ts';
import type { Context } from '../../../core/context.ts';
import { confirmProvider, handsOf } from '../../../core/identity/providers/confirm.ts';
import { addressesOf } from '../../../core/identity/providers/addresses.ts';
import { settingFields } from '../../../core/identity/providers/fields.ts';
import { addMapping, mappingOf, removeMapping, type Mapping } from '../../../core/identity/providers/mapping.ts';
import {
  createProvider,
  deleteProvider,
  getProvider,
  listProviders,
  peopleBy,
  secretsSet,
  updateProvider,
  type Provider,
} from '../../../core/identity/providers/store.ts';
import { trialResult } from '../../../core/identity/providers/trial.ts';
import { tryProvider } from '../../../core/identity/trials.ts';
import * as contract from '../../contract/providers.ts';
import { actorOf, type Caller } from '../caller.ts';
import { cameThrough } from '../proxied.ts';
import { route } from '../route.ts';
import { setAttemptCookie } from '../sign-in/browser.ts';

const administers = (ctx: Context, caller: Caller): Promise<void> => demand(ctx, caller.person.id, 'settings.manage');

const shown = async (ctx: Context, provider: Provider, people?: number): Promise<contract.Provider> => ({
  id: provider.id,
  key: provider.key,
  kind: provider.kind,
  name: provider.name,
  enabled: provider.enabled,
  maxAgeHours: provider.maxAgeHours,
  settings: provider.settings,
  secretsSet: secretsSet(provider),
  inHandsOf: await handsOf(ctx, provider),
  people: people ?? (await peopleBy(ctx)).get(provider.id) ?? 0,
  addresses: addressesOf(ctx, provider),
  createdAt: provider.createdAt.toISOString(),
  updatedAt: provider.updatedAt.toISOString(),
});

const shownMapping = ({ id, toldAs, externalId, label, role, ...rest }: Mapping) => ({
  id,
  toldAs,
  externalId,
  label,
  group: rest.groupId === null ? null : { id: rest.groupId, name: rest.groupName ?? '' },
  role,
  addedBy: rest.addedBy === null ? null : { id: rest.addedBy, name: rest.addedByName ?? '' },
});

/** Identity providers, what their groups give, and trying them out. */
export const providerRoutes = [
  route(contract.listProviders, async ({ ctx, caller }) => {
    await administers(ctx, caller);
    const [providers, people] = await Promise.all([listProviders(ctx), peopleBy(ctx)]);
    const items = await Promise.all(providers.map((each) => shown(ctx, each, people.get(each.id) ?? 0)));
    return { items, nextCursor: null };
  }),

  route(contract.listProviderKinds, async ({ ctx, caller }) => {
    await administers(ctx, caller);
    return {
      items: settingFields().map(({ fields, ...rest }) => ({
        ...rest,
        fields: fields.map((field) => ({ ...field, choices: [...field.choices] })),
      })),
    };
  }),

  route(contract.createProvider, async ({ ctx, caller, body }) => {
    await administers(ctx, caller);
    return shown(ctx, await createProvider(ctx, actorOf(caller), body), 0);
  }),

  route(contract.getProvider, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    return shown(ctx, await getProvider(ctx, params.id));
  }),

  route(contract.updateProvider, async ({ ctx, caller, params, body }) => {
    await administers(ctx, caller);
    return shown(ctx, await updateProvider(ctx, actorOf(caller), params.id, body));
  }),

  route(contract.confirmProvider, async ({ ctx, caller, params, body }) => {
    await administers(ctx, caller);
    await confirmProvider(ctx, actorOf(caller), params.id, new Date(body.updatedAt));
    return shown(ctx, await getProvider(ctx, params.id));
  }),

  route(contract.deleteProvider, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    return deleteProvider(ctx, actorOf(caller), params.id);
  }),

  route(contract.getMappings, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    await getProvider(ctx, params.id);
    const { mappings, seen } = await mappingOf(ctx, params.id);
    return {
      items: mappings.map(shownMapping),
      seen: seen.map((each) => ({ ...each, seenAt: each.seenAt.toISOString() })),
    };
  }),

  route(contract.addMapping, async ({ ctx, caller, params, body }) => {
    await administers(ctx, caller);
    return shownMapping(await addMapping(ctx, actorOf(caller), params.id, body));
  }),

  route(contract.removeMapping, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    await removeMapping(ctx, actorOf(caller), params.id, params.mappingId);
  }),

  route(contract.testProvider, async ({ ctx, caller, params, body, request, response }) => {
    await administers(ctx, caller);
    const { steps, trial, result } = await tryProvider(ctx, await getProvider(ctx, params.id), {
      personId: caller.person.id,
      lookUp: body,
      came: cameThrough(request),
    });
    if (trial) setAttemptCookie(ctx, request, response, trial, trial.crossSite);
    return {
      steps: [...steps],
      trial: trial && { id: trial.id, url: trial.url },
      result: result as contract.ProviderTrial | null,
    };
  }),

  route(contract.getTrial, async ({ ctx, caller, params }) => {
    await administers(ctx, caller);
    const found = await trialResult(ctx, params.id, { id: params.trialId, personId: caller.person.id });
    return { result: found as contract.ProviderTrial | null };
  }),
];
