import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut. */
export type Proxy = AsyncDisposable & {
  readonly port: number;
  /**
   * Breaks every connection and refuses new ones; `silently` lets requests still go through first and
   * swallows the answers, as when the way back is cut.
   */
  cut(silently?: boolean): void;
  mend(): void;
};

export async function startProxy(port: number): Promise<Proxy> {
  const open = new Set<Socket>();
  let state: 'whole' | 'silent' | 'cut' = 'whole';
  const server = createServer((near) => {
    if (state === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    const end = (): void => {
      near.destroy();
      far.destroy();
      open.delete(near);
    };
    open.add(near);
    near
      .on('data', (bytes) => far.write(bytes))
      .on('close', end)
      .on('error', end);
    far
      .on('data', (bytes) => {
        if (state === 'whole') near.write(bytes);
        else end();
      })
      .on('close', end)
      .on('error', end);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const breakAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cut(silently = false) {
      state = silently ? 'silent' : 'cut';
      if (!silently) breakAll();
    },
    mend() {
      state = 'whole';
    },
    async [Symbol.asyncDispose]() {
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };
}
