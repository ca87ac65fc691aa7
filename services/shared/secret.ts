import { z } from 'zod';

/** A setting that is never shown; given directly, as `file:PATH`, or by an environment variable `…_FILE`. */
export function secret(): z.ZodString {
  return z.string().meta({ secret: true });
}
