import { defineConfig } from 'vitest/config';

const slow = ['kafka', 'faults', 'browser', 'clients', 'cluster', 'hostile'] as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: slow.map((name) => `test/${name}/**`),
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      ...slow.map((name) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      })),
    ],
    // The embedded database is native and bound to one process per folder: worker threads would share it.
    pool: 'forks',
    maxWorkers: 2,
  },
});
