import type { TargetFacts } from '../../documents/target-facts.js';

/** `ws://app.lan/ at 10.0.0.1, 10.0.0.2 in turn`. */
export function targetText({ redirectedTo, ...facts }: TargetFacts): string {
  if (redirectedTo !== undefined) return `${facts.url}, redirected to ${targetText({ ...facts, url: redirectedTo })}`;
  const { url, address, addresses = [], proxy } = facts;
  if (proxy !== undefined) return `${url} through the proxy ${proxy}`;
  if (addresses.length > 1) return `${url} at ${addresses.join(', ')} in turn`;
  return address === null ? url : `${url} at ${address}`;
}
