import type { HostFacts } from '../metrics/client-result.js';

/**
 * The machines of a cell as one: in each respect the worst of them, never their mean. A fact that no machine tells
 * stays null. Throws without any machine.
 */
export function worstHost(hosts: readonly HostFacts[]): HostFacts {
  const worst = (fact: (host: HostFacts) => number | null): number | null => {
    const told = hosts.map(fact).filter((value) => value !== null);
    return told.length === 0 ? null : Math.max(...told);
  };
  if (hosts.length === 0) throw new Error('no machine tells about itself');
  return {
    cpuPercent: worst(({ cpuPercent }) => cpuPercent),
    rssBytes: worst(({ rssBytes }) => rssBytes),
    throttled: worst(({ throttled }) => throttled),
    steal: worst(({ steal }) => steal),
    suspendedMs: worst(({ suspendedMs }) => suspendedMs),
  };
}
