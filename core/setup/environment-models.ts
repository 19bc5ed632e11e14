import type { Context } from '../context.ts';
import { record } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { putAwayFormerServers, restoreFormerServer, wasNarrowed } from './former-servers.ts';
import { grantModelToEveryone } from './setup.sql.ts';
import { hasDefaultModel, putEnvironmentServer, putModel, setDefaultModel } from '../models/registry.sql.ts';
import { classesOf, knownClasses } from '../models/known-classes.ts';
import { listModels, type ListedModel } from '../models/servers.ts';

type Needs = Pick<Context, 'pool' | 'db' | 'config' | 'log'>;

const OLLAMA_USUAL_ADDRESS = 'http://127.0.0.1:11434';
const LOOK_MS = 5_000;

type Named = { name: string; kind: 'ollama' | 'openai'; baseUrl: string; chatModel?: string; embedModel?: string };

/** The servers that the settings name. */
function namedServers({ config }: Needs): Named[] {
  const named: Named[] = [];
  const add = (server: Omit<Named, 'chatModel' | 'embedModel'>, chatModel?: string, embedModel?: string) =>
    named.push({ ...server, ...(chatModel ? { chatModel } : {}), ...(embedModel ? { embedModel } : {}) });
  if (config.OLLAMA_BASE_URL)
    add(
      { name: 'Ollama (OLLAMA_BASE_URL)', kind: 'ollama', baseUrl: config.OLLAMA_BASE_URL },
      config.OLLAMA_CHAT_MODEL,
      config.OLLAMA_EMBED_MODEL,
    );
  if (config.VLLM_BASE_URL)
    add({ name: 'vLLM (VLLM_BASE_URL)', kind: 'openai', baseUrl: config.VLLM_BASE_URL }, config.VLLM_CHAT_MODEL);
  if (config.VLLM_EMBED_BASE_URL)
    add(
      { name: 'vLLM (VLLM_EMBED_BASE_URL)', kind: 'openai', baseUrl: config.VLLM_EMBED_BASE_URL },
      undefined,
      config.VLLM_EMBED_MODEL,
    );
  return named;
}

/**
 * Brings the servers of the settings into the table, so that the portal shows them, read-only; those not named any more go,
 * and what was decided on their models comes back with them. A chat model that the settings name may be used by everyone
 * until an administrator narrows it: the operator chose it for this installation. In embedded mode an Ollama on its usual
 * port is taken for chat. A server that does not answer is kept and noticed when it is asked.
 */
export async function syncEnvironmentModels(
  ctx: Needs,
  usualAddress: string = OLLAMA_USUAL_ADDRESS,
): Promise<{ chat: string | null; problems: string[] }> {
  const problems: string[] = [];
  const named = namedServers(ctx);
  const found = await discovered(ctx, named, usualAddress);
  const servers = found === null ? named : [...named, found];
  await putAwayFormerServers(ctx, servers);
  const classes = await knownClasses(ctx.db);
  let chat: string | null = null;
  for (const server of servers) {
    const row = await putEnvironmentServer(ctx.pool, {
      id: newId(),
      name: server.name,
      kind: server.kind,
      baseUrl: server.baseUrl,
    });
    if (!row) continue;
    await restoreFormerServer(ctx, { ...server, id: row.id });
    const known = await ctx.db.model.findMany({ where: { serverId: row.id, kind: 'chat' }, orderBy: { name: 'asc' } });
    const listed = await look(ctx, { ...server, id: row.id }).catch((error: unknown) => {
      problems.push(`${server.name} does not answer at ${server.baseUrl}; it is used as soon as it does`);
      ctx.log.warn({ serverId: row.id, error }, 'model_server_silent');
      return [];
    });
    const models = withNamed(server, listed, classes);
    const chosen = server.chatModel ?? (named.length === 0 ? chosenOf(models, known) : undefined);
    for (const model of models) {
      const isDefault = model.name === chosen && chat === null;
      const put = await putModel(ctx.pool, { ...model, id: newId(), serverId: row.id, isDefault: false });
      if (isDefault) chat = model.name;
      // What the settings name is the default; what was only found is it where there is none.
      if (put && isDefault && (server.chatModel !== undefined || !(await hasDefaultModel(ctx.pool))))
        await setDefaultModel(ctx.pool, put.id);
      // Of a server that was only found the first model is everyone's; what is pulled later starts private, as anywhere.
      if (put?.isNew && (server.chatModel === undefined ? isDefault && known.length === 0 : model.name === chosen)) {
        if (await wasNarrowed(ctx, server.name, model.name)) {
          problems.push(
            `${model.name} was not for everyone at the former address of ${server.name}: give it to people in the portal`,
          );
          continue;
        }
        await grantModelToEveryone(ctx.pool, newId(), put.id);
        await record(ctx.pool, {
          actorId: null,
          surface: 'worker',
          action: 'grant.created',
          subjectKind: 'model',
          subjectId: put.id,
          detail: { to: 'everyone', because: 'named in the settings' },
        });
      }
    }
  }
  return { chat, problems };
}

/** Of a server that was only found: the model that was the default before, else the first that can chat. */
function chosenOf(
  models: readonly ModelToPut[],
  known: readonly { name: string; isDefault: boolean }[],
): string | undefined {
  const chat = models.filter(({ kind }) => kind === 'chat').map(({ name }) => name);
  return known.find(({ name, isDefault }) => isDefault && chat.includes(name))?.name ?? chat[0];
}

type ModelToPut = {
  name: string;
  kind: 'chat' | 'embedding' | 'rerank';
  contextTokens: number | null;
  classes: string[];
};

/** What the server lists, and what the settings name even if the server did not answer. */
function withNamed(
  server: Named,
  listed: readonly ListedModel[],
  known: Readonly<Record<string, string[]>>,
): ModelToPut[] {
  const classesFor = (model: ListedModel | { name: string }) => known[model.name] ?? classesOf(model);
  const models: ModelToPut[] = listed.map((model) => ({
    name: model.name,
    kind: model.kind,
    contextTokens: model.contextTokens,
    classes: classesFor(model),
  }));
  const add = (name: string | undefined, kind: 'chat' | 'embedding') => {
    if (name === undefined) return;
    const found = models.find((model) => model.name === name || model.name === `${name}:latest`);
    if (found) Object.assign(found, { name, kind });
    else models.push({ name, kind, contextTokens: null, classes: classesFor({ name }) });
  };
  add(server.chatModel, 'chat');
  add(server.embedModel, 'embedding');
  return models;
}

async function look(ctx: Needs, server: Named & { id: string }): Promise<ListedModel[]> {
  const apiKey = server.kind === 'openai' ? (ctx.config.VLLM_API_KEY ?? null) : null;
  return listModels(
    { id: server.id, name: server.name, kind: server.kind, baseUrl: server.baseUrl, apiKey },
    AbortSignal.timeout(LOOK_MS),
  );
}

async function discovered(ctx: Needs, named: readonly Named[], address: string): Promise<Named | null> {
  if (!ctx.config.EMBEDDED || !ctx.config.OLLAMA_DISCOVERY || named.some((server) => server.kind === 'ollama'))
    return null;
  const answers = await fetch(`${address}/api/version`, {
    signal: AbortSignal.timeout(1_000),
    redirect: 'error',
  }).then(
    (response) => response.ok,
    () => false,
  );
  return answers ? { name: 'Ollama (found on this machine)', kind: 'ollama', baseUrl: address } : null;
}
