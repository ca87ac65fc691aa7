import type { Hono } from 'hono';
import { z } from 'zod';
import { includesRole, type AppContext, type Env, type Role } from '../env.ts';
import { Problem } from '../problem.ts';

type Input<P, Q, B> = { readonly params: P; readonly query: Q; readonly body: B };

/** The same value, in which nothing need be changeable. */
type Fixed<T> = T extends readonly (infer I)[]
  ? readonly Fixed<I>[]
  : T extends object
    ? { readonly [K in keyof T]: Fixed<T[K]> }
    : T;

/** What a route says of itself: enough to check a request, to answer it and to document it. */
export type RouteSpec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType> = {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Path under `/api/v1`, parameters as `{name}`. */
  readonly path: `/${string}`;
  /** Name of the operation, one word. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** The least role that may call it; reader when not given. */
  readonly role?: Role;
  readonly params?: P;
  readonly query?: Q;
  /** JSON body. */
  readonly body?: B;
  /** Status of success; 200 when not given. */
  readonly status?: 200 | 201 | 202;
  /** The JSON that is answered; in its place `media` where the answer is a file or a stream. */
  readonly response: R;
  readonly media?: readonly string[];
  readonly handle: (
    input: Input<z.output<P>, z.output<Q>, z.output<B>>,
    c: AppContext,
  ) => Promise<Fixed<z.input<R>> | Response> | Fixed<z.input<R>> | Response;
};

export type Route = Omit<RouteSpec<z.ZodType, z.ZodType, z.ZodType, z.ZodType>, 'handle'> & {
  readonly answer: (c: AppContext) => Promise<Response>;
};

const nothing = z.object({});

function wrong(part: string, error: z.ZodError): Problem {
  return new Problem(400, `The ${part} of the request cannot be used`, {
    errors: error.issues.map(({ path, message }) => ({ path: path.join('.') || part, message })),
  });
}

function checked<T extends z.ZodType>(part: string, schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw wrong(part, parsed.error);
  return parsed.data;
}

/** A parameter given once is a text, given several times a list. */
function queryOf(c: AppContext): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [
      name,
      values.length === 1 ? (values[0] ?? '') : values,
    ]),
  );
}

async function bodyOf(c: AppContext): Promise<unknown> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) {
    throw new Problem(415, 'The body must be application/json');
  }
  try {
    return await c.req.json();
  } catch {
    throw new Problem(400, 'The body is not JSON');
  }
}

/** Ends a request of somebody whose role is too small. @throws Problem 403. */
export function requireRole(c: AppContext, role: Role): void {
  if (includesRole(c.get('person').role, role)) return;
  throw new Problem(403, `Only the role ${role} may do this`, {
    detail: `You are signed in with the role ${c.get('person').role}.`,
  });
}

/** A route of the API: its request is checked against the schemas before `handle` sees it. */
export function route<
  R extends z.ZodType,
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = typeof nothing,
>(spec: RouteSpec<P, Q, B, R>): Route {
  const { handle, ...rest } = spec;
  return {
    ...rest,
    async answer(c) {
      requireRole(c, spec.role ?? 'reader');
      // Who asks for the headers only gets no file and no stream, and none is made.
      if (spec.media && c.req.raw.method === 'HEAD') {
        return c.body(null, 200, { 'Content-Type': spec.media[0] ?? 'application/octet-stream' });
      }
      const params = checked('path', spec.params ?? nothing, c.req.param()) as z.output<P>;
      const query = checked('query', spec.query ?? nothing, queryOf(c)) as z.output<Q>;
      const body = (spec.body ? checked('body', spec.body, await bodyOf(c)) : {}) as z.output<B>;
      const result = await handle({ params, query, body }, c);
      return result instanceof Response ? result : c.json(result as object, spec.status ?? 200);
    },
  };
}

/** Hangs the routes under `/api/v1`. */
export function mountRoutes(app: Hono<Env>, routes: readonly Route[]): void {
  for (const { method, path, answer } of routes) {
    app.on(method.toUpperCase(), `/api/v1${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, answer);
  }
}
