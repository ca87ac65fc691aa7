import { createAdaptorServer } from '@hono/node-server';
import type { Server } from 'node:http';
import { VigilError } from '../shared/errors.ts';

/** Anything that answers requests. */
export type Application = {
  fetch(request: Request, env?: unknown): Response | Promise<Response>;
};

export type Listening = AsyncDisposable & { readonly url: string };

/**
 * Serves an application until it is disposed of; open streams are cut then.
 * @throws VigilError `PORT_IN_USE` or `PORT_REFUSED`, naming the setting.
 */
export async function listen(
  app: Application,
  host: string,
  port: number,
  setting: string,
): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', (error: NodeJS.ErrnoException) => {
    const busy = error.code === 'EADDRINUSE';
    const why = busy ? 'is in use by another program' : `cannot be opened (${error.code})`;
    reject(
      new VigilError(
        busy ? 'PORT_IN_USE' : 'PORT_REFUSED',
        `port ${port} on ${host} ${why}: stop that program, or choose another with --set ${setting}=PORT`,
        { cause: error },
      ),
    );
  });
  server.listen(port, host, resolve);
  await promise;
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${host === '0.0.0.0' || host === '127.0.0.1' ? 'localhost' : host}:${actual}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => {
        server.close(() => done());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}
