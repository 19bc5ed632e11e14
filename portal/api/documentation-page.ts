import { ERROR_STATUS } from '../../core/errors.ts';
import type { Call } from '../contract/call.ts';
import { operationId, type OpenApi } from './open-api.ts';

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const json = (value: unknown): string => `<pre>${escape(JSON.stringify(value, null, 2))}</pre>`;

type Operation = { requestBody?: unknown; responses?: unknown; parameters?: unknown };

/** The API on one page, without a script and without anything from elsewhere. */
export function documentationPage(calls: readonly Call[], document: OpenApi): string {
  const topics = Map.groupBy(calls, (call) => call.topic);
  const operationOf = (call: Call): Operation =>
    (document.paths?.[call.path] as Record<string, Operation> | undefined)?.[call.method.toLowerCase()] ?? {};
  const described = (call: Call): string => {
    const operation = operationOf(call);
    return `<details id="${operationId(call)}"><summary><b>${call.method}</b> <code>/api/v1${escape(call.path)}</code>
      <span>${escape(call.summary)}</span></summary>
      <p>${accessOf(call)}</p>
      ${operation.parameters ? `<h4>Parameters</h4>${json(operation.parameters)}` : ''}
      ${operation.requestBody ? `<h4>Request</h4>${json(operation.requestBody)}` : ''}
      <h4>Answers</h4>${json(operation.responses)}</details>`;
  };
  const codes = Object.entries(ERROR_STATUS)
    .map(([code, status]) => `<tr id="problem-${code}"><td><code>${code}</code></td><td>${status}</td></tr>`)
    .join('');
  const schemas = Object.entries(document.components?.schemas ?? {})
    .map(
      ([name, schema]) =>
        `<details id="schema-${escape(name)}"><summary><code>${escape(name)}</code></summary>${json(schema)}</details>`,
    )
    .join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Gatehouse API</title><style>${STYLE}</style></head><body><main>
<h1>Gatehouse API</h1>
<p>${escape(document.info.description ?? '')}</p>
<p>For programs: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1). Send an API key as
<code>Authorization: Bearer gh_…</code>; make one on your own page of the portal, or with <code>npm run key</code>.</p>
<nav>${[...topics.keys()].map((topic) => `<a href="#${escape(topic)}">${escape(topic)}</a>`).join(' ')} <a href="#Problems">Problems</a> <a href="#Shapes">Shapes</a></nav>
${[...topics].map(([topic, those]) => `<h2 id="${escape(topic)}">${escape(topic)}</h2>${those.map(described).join('')}`).join('')}
<h2 id="Problems">Problems</h2><table><thead><tr><th>Code</th><th>Status</th></tr></thead><tbody>${codes}</tbody></table>
<h2 id="Shapes">Shapes</h2>${schemas}
</main></body></html>`;
}

const accessOf = (call: Call): string =>
  call.access === 'public'
    ? 'Anybody.'
    : call.access === 'session'
      ? 'In the portal only, not with a key.'
      : `Scope <code>${call.access}</code>.`;

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{margin:0}main{max-width:60rem;margin:0 auto;padding:2rem 1rem}
nav a{margin-right:.75rem}details{border:1px solid color-mix(in srgb,currentColor 25%,transparent);border-radius:.5rem;padding:.5rem .75rem;margin:.5rem 0}
summary{cursor:pointer}summary b{display:inline-block;min-width:4rem}summary span{opacity:.75;margin-left:.5rem}
pre{overflow:auto;font-size:.8rem;padding:.75rem;border-radius:.5rem;background:color-mix(in srgb,currentColor 8%,transparent)}
table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1.5rem .2rem 0}`;
