import { z } from 'zod';
import type { Route } from '../api/route.ts';

type Json = Record<string, unknown>;

const problem = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'what to do about it' },
    code: { type: 'string', description: 'for programs' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
} as const;

/** JSON Schema of what is sent (`input`) or answered (`output`), as OpenAPI 3.1 takes it. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
}

/** The fields of an object schema as parameters of the path or of the query. */
function parametersOf(schema: z.ZodType | undefined, where: 'path' | 'query'): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function operationOf(route: Route): Json {
  const { id, tag, summary, description, role = 'reader', status = 200, media } = route;
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')];
  const answer = media
    ? Object.fromEntries(media.map((type) => [type, {}]))
    : { 'application/json': { schema: schemaOf(route.response, 'output') } };
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, `Needs the role ${role}.`].filter(Boolean).join('\n\n'),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }
      : {}),
    responses: {
      [String(status)]: { description: 'done', content: answer },
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

/** The OpenAPI 3.1 document of the routes: every parameter, body and answer comes from their schemas. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method] = operationOf(route);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'vigilstream',
      version: version.replace(/^.*@/, ''),
      description:
        'Drug and vaccine safety on social media: posts, counts, signals, alerts. What is counted is people (distinct authors) or posts, by name. A finding is a hypothesis of a machine, not a reported case.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ bearer: [] }, { session: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'made by `vigilstream users token`' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'vigilstream_session',
          description: 'of somebody who signed in',
        },
      },
      responses: {
        Problem: {
          description: 'what is wrong',
          content: { 'application/problem+json': { schema: problem } },
        },
      },
    },
  };
}
