import { Hono } from 'hono';
import { html } from 'hono/html';
import type { Route } from '../api/route.ts';
import type { Env } from '../env.ts';
import { page, type Html } from '../shell.ts';
import { openApiDocument } from './document.ts';

type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Record<string, unknown>;
};
type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: unknown }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema?: unknown }> }>;
};

/** What a value may be, in a few words. */
function kindOf(schema: Record<string, unknown>): string {
  const choices = (schema['anyOf'] ?? schema['oneOf']) as Record<string, unknown>[] | undefined;
  if (Array.isArray(schema['enum']))
    return schema['enum'].map((one) => (one === '' ? '(empty)' : String(one))).join(' | ');
  if (choices) return [...new Set(choices.map(kindOf))].filter((kind) => kind !== '').join(' or ');
  if (schema['const'] !== undefined) return schema['const'] === '' ? '' : JSON.stringify(schema['const']);
  if (schema['type'] === 'array')
    return `several ${kindOf((schema['items'] ?? {}) as Record<string, unknown>)}`;
  const format = typeof schema['format'] === 'string' ? ` (${schema['format']})` : '';
  return `${typeof schema['type'] === 'string' ? schema['type'] : 'any'}${format}`;
}

function parameters(operation: Operation): Html {
  if (!operation.parameters) return html``;
  return html`<div
    class="scroll"
    tabindex="0"
    role="region"
    aria-label="Parameters of ${operation.operationId}"
  >
    <table>
      <thead>
        <tr>
          <th scope="col">parameter</th>
          <th scope="col">in</th>
          <th scope="col">value</th>
          <th scope="col">default</th>
          <th scope="col">meaning</th>
        </tr>
      </thead>
      <tbody>
        ${operation.parameters.map(
          ({ name, in: where, required, schema, description }) =>
            html`<tr>
              <th scope="row">
                <code>${name}</code>${required ? html` <span class="quiet">required</span>` : ''}
              </th>
              <td>${where}</td>
              <td>${kindOf(schema)}</td>
              <td>${schema['default'] === undefined ? '' : JSON.stringify(schema['default'])}</td>
              <td>${description ?? ''}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function shape(title: string, content: Record<string, { readonly schema?: unknown }> | undefined): Html {
  return html`${Object.entries(content ?? {}).map(([type, { schema }]) =>
    schema === undefined
      ? html`<p>${title}: <code>${type}</code></p>`
      : html`<details>
          <summary>${title}: <code>${type}</code></summary>
          <pre class="card-text" tabindex="0">${JSON.stringify(schema, null, 2)}</pre>
        </details>`,
  )}`;
}

function operationCard(route: Route, operation: Operation): Html {
  const { method, path } = route;
  const success = Object.entries(operation.responses).find(([status]) => status !== 'default')?.[1];
  return html`<article class="operation" id="${operation.operationId}" data-row tabindex="-1">
    <h3>
      <span class="badge ${method === 'get' ? 'accent' : 'warn'}">${method.toUpperCase()}</span>
      <code>/api/v1${path}</code>
      <a href="#${operation.operationId}">${operation.summary}</a>
    </h3>
    ${operation.description.split('\n\n').map((text) => html`<p class="quiet">${text}</p>`)}
    ${parameters(operation)} ${shape('Body', operation.requestBody?.content)}
    ${shape('Answer', success?.content)}
  </article>`;
}

/** `/api/v1/openapi.json`, and `/api`, the same as a page to read. */
export function openApiRoutes(routes: readonly Route[], version: string): Hono<Env> {
  const app = new Hono<Env>();
  const document = openApiDocument(routes, version);
  const paths = document['paths'] as Record<string, Record<string, Operation>>;
  const tags = [...new Set(routes.map(({ tag }) => tag))];

  app.get('/api/v1/openapi.json', (c) => c.json(document));
  app.get('/api', (c) =>
    page(c, {
      title: 'API',
      active: 'settings',
      styles: ['api'],
      lead: html`Everything that the pages show and do, for programs. The same as
        <a href="/api/v1/openapi.json">OpenAPI 3.1</a>. Errors are problem+json (RFC 9457); lists go on with
        the cursor in <code>next</code>.`,
      body: html`<section class="card" aria-labelledby="begin">
          <h2 id="begin">Begin</h2>
          <pre class="card-text" tabindex="0">
vigilstream users token my-program --role reader
curl -H "Authorization: Bearer $TOKEN" "${new URL(c.req.url).origin}/api/v1/signals?state=detected"</pre>
        </section>
        ${tags.map(
          (tag) =>
            html`<section class="card" aria-labelledby="tag-${tag}">
              <h2 id="tag-${tag}">${tag}</h2>
              ${routes.flatMap((route) => {
                const operation = paths[route.path]?.[route.method];
                return route.tag === tag && operation ? [operationCard(route, operation)] : [];
              })}
            </section>`,
        )}`,
    }),
  );
  return app;
}
