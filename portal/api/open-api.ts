import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiHeadersObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import manifest from '../../package.json' with { type: 'json' };
import type { Call } from '../contract/call.ts';
import { problem } from '../contract/shapes.ts';

export type OpenApi = ReturnType<typeof createDocument>;

/** The calls as OpenAPI 3.1. */
export function openApiOf(calls: readonly Call[], publicUrl: string): OpenApi {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const call of calls) (paths[call.path] ??= {})[call.method.toLowerCase()] = operationOf(call);
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Gatehouse',
      version: manifest.version,
      description:
        'Errors are problem details (RFC 9457) with a stable `code`. Lists are `{items, nextCursor}`. What you may not see answers as what does not exist.',
    },
    servers: [{ url: `${publicUrl}/api/v1` }],
    tags: [...new Set(calls.map((call) => call.topic))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key; scopes only narrow what its person may do' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'gatehouse',
          description: 'The portal, with X-CSRF-Token on changes',
        },
      },
    },
  });
}

function operationOf(call: Call): ZodOpenApiOperationObject {
  const { params, query, body } = call;
  return {
    operationId: operationId(call),
    summary: call.summary,
    tags: [call.topic],
    ...(call.access === 'public'
      ? { security: [] }
      : { security: call.access === 'session' ? [{ session: [] }] : [{ key: [] }, { session: [] }] }),
    ...(call.access === 'public' || call.access === 'session'
      ? {}
      : { description: `API key scope: \`${call.access}\`` }),
    ...(params || query ? { requestParams: { ...(params ? { path: params } : {}), ...(query ? { query } : {}) } } : {}),
    ...(body ? { requestBody: { required: true, content: { 'application/json': { schema: body } } } } : {}),
    ...(call.sends === 'multipart'
      ? {
          requestBody: {
            required: true,
            content: { 'multipart/form-data': { schema: z.object({ file: z.array(z.file()) }) } },
          },
        }
      : {}),
    responses: responsesOf(call),
  };
}

function responsesOf(call: Call): ZodOpenApiResponsesObject {
  const content = {
    ...(call.answers ? { 'application/json': { schema: call.answers } } : {}),
    ...(call.event ? { 'text/event-stream': { schema: call.event } } : {}),
    ...(call.streams === 'file' ? { 'application/octet-stream': { schema: z.file() } } : {}),
  };
  return {
    [String(call.status) as '200']: {
      description: call.status === 204 ? 'Done' : call.summary,
      ...(Object.keys(content).length > 0 ? { content } : {}),
      ...(call.headers ? { headers: headersOf(call.headers) } : {}),
    },
    default: { description: 'A problem', content: { 'application/problem+json': { schema: problem } } },
  };
}

const headersOf = (headers: Readonly<Record<string, string>>): ZodOpenApiHeadersObject =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );

/** `GET /knowledge-bases/{id}/documents` is `getKnowledgeBasesIdDocuments`: unique, and stable as long as the address is. */
export const operationId = (call: Call): string =>
  call.method.toLowerCase() +
  call.path
    .split(/[^a-zA-Z]+/)
    .filter(Boolean)
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join('');
