import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small file system of its own. */
export type SmallDisk = Disposable & {
  readonly path: string;
  /** Leaves so many bytes free. */
  fill(free: number): void;
  /** Gives the space back. */
  makeRoom(): void;
};

/** Mounts a file system in memory; undefined where this user may not. */
export function mountDisk(megabytes: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'vigilstream-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
  const ballast = join(path, 'ballast');
  return {
    path,
    fill(free) {
      // What runs meanwhile writes too, so that the space may be gone before the ballast is down.
      for (let tries = 0; ; tries++) {
        const { bavail, bsize } = statfsSync(path);
        try {
          writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - free)));
          return;
        } catch (error) {
          rmSync(ballast, { force: true });
          if (tries === 9) throw error;
        }
      }
    },
    makeRoom: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true });
    },
  };
}
