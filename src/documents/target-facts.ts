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

/** `ws://app.lan/ at 10.0.0.1, 10.0.0.2 in turn`. */
export function targetText({ redirectedTo, ...facts }: TargetFacts): string {
  if (redirectedTo !== undefined) return `${facts.url}, redirected to ${targetText({ ...facts, url: redirectedTo })}`;
  const { url, address, addresses = [], proxy } = facts;
  if (proxy !== undefined) return `${url} through the proxy ${proxy}`;
  if (addresses.length > 1) return `${url} at ${addresses.join(', ')} in turn`;
  return address === null ? url : `${url} at ${address}`;
}
