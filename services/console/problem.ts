import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AppContext } from './env.ts';

export type ProblemDetails = {
  /** What to do about it, in a sentence. */
  readonly detail?: string;
  /** Code of the error, for programs. */
  readonly code?: string;
  /** What is wrong with which part of the request; never repeats a value. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
};

/** Answer that ends a request: thrown anywhere below a route, turned into a response in one place. */
export class Problem extends Error {
  readonly status: ContentfulStatusCode;
  readonly details: ProblemDetails;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: ContentfulStatusCode,
    title: string,
    details: ProblemDetails = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(title);
    this.name = 'Problem';
    this.status = status;
    this.details = details;
    this.headers = headers;
  }
}

/** A problem as `application/problem+json` (RFC 9457). */
export function problemResponse(c: AppContext, problem: Problem): Response {
  return c.json(
    { type: 'about:blank', title: problem.message, status: problem.status, ...problem.details },
    problem.status,
    {
      'Content-Type': 'application/problem+json',
      ...problem.headers,
    },
  );
}
