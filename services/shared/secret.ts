import { z } from 'zod';

/** A setting that is never shown; given directly, as `file:PATH` or `env:NAME`, or by a variable `…_FILE`. */
export function secret(): z.ZodString {
  return z.string().meta({ secret: true });
}
