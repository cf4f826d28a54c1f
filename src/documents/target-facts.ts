import { z } from 'zod';
import type { Frozen } from './frozen.js';

/** The server that a result is about, and the way to it, as every kind of result has it. */
export const targetSchema = z.object({
  url: z.string(),
  address: z.string().nullable(),
  /** Where there are several: connection c went to address c mod their number. */
  addresses: z.array(z.string()).optional(),
  /** `host:port` of the proxy that connections went through; absent for none. */
  proxy: z.string().optional(),
  /** The URL that redirects led to, where the load went; absent where there were none. */
  redirectedTo: z.string().optional(),
  engine: z.string().nullable(),
  hint: z.string().nullable(),
});

export type TargetFacts = Frozen<z.infer<typeof targetSchema>>;
