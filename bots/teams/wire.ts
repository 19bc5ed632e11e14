import mappers from 'botframework-connector/lib/connectorApi/models/mappers.js';
import type { ConnectorClientOptions } from 'botframework-connector';
import { z } from 'zod';
import { TeamsCallError } from './failure.ts';

// The SDK drops every property of an entity that it does not know, and with it streaming, the AI label and citations.
mappers.Entity.type.additionalProperties = { type: { name: 'Object' } };

type HttpClient = NonNullable<ConnectorClientOptions['httpClient']>;

/** Teams answers within a few seconds or not at all. */
const TIMEOUT_MS = 15_000;
/** Failed before a byte was sent: saying it again can't say it twice. */
const NEVER_LEFT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

const failure = z.object({ error: z.object({ code: z.string().catch(''), message: z.string().catch('') }) });

/**
 * How the SDK's calls go out: with a time-out, no redirects (the token would follow), and each exactly once. Whatever is not
 * a success is thrown as an error that the SDK's own policies do not take for repeatable.
 */
export function oneTryClient(timeoutMs: number = TIMEOUT_MS): HttpClient {
  return {
    async sendRequest(request) {
      let response: Response;
      let text: string;
      try {
        response = await fetch(request.url, {
          method: request.method,
          headers: request.headers.toJson() as Record<string, string>,
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
          ...(typeof request.body === 'string' ? { body: request.body } : {}),
        });
        text = await response.text();
      } catch (error) {
        throw new TeamsCallError({
          status: 0,
          code: NEVER_LEFT.has(codeOf(error)) ? 'not_sent' : 'no_answer',
          cause: error,
        });
      }
      if (!response.ok) throw failureOf(response, text);
      const headers = request.headers.clone();
      for (const name of headers.headerNames()) headers.remove(name);
      response.headers.forEach((value, name) => headers.set(name, value));
      return { request, status: response.status, headers, bodyAsText: text };
    },
  };
}

function failureOf(response: Response, text: string): TeamsCallError {
  const told = failure.safeParse(jsonOf(text));
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new TeamsCallError({
    status: response.status,
    code: told.success ? told.data.error.code : `http_${response.status}`,
    reason: told.success ? told.data.error.message : '',
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : null,
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const codeOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return typeof cause?.code === 'string' ? cause.code : '';
};
