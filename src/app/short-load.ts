import type { Override } from '../profile/overrides.js';
import type { ParsedProfile, Profile } from '../profile/profile.js';

/** A check needs no load, but a profile must have one: it sends nothing, so that it asks nothing of the profile. */
export const NO_LOAD: readonly object[] = [{ connections: 1, rate: 0 }];

/**
 * The loads of a check with load, in place of the profile's: the tables of profiles/report.yaml in a fraction of the
 * time. `origin`: what the user asked for them by.
 */
export function shortLoad(quick: boolean, origin: string): Override[] {
  const shown = (threshold: string, title: string) => ({ threshold, title, gate: false });
  const keys = {
    load: [
      { name: 'concurrency', sweep: { connections: [1, 10, 50, 100] }, rate: '1000/s' },
      { name: 'throughput', connections: 50, sweep: { rate: ['100/s', '500/s', '1000/s'] } },
    ],
    warmup: '500ms',
    duration: quick ? '1s' : '5s',
    thresholds: {
      'ws_connecting{load:concurrency}': shown('p(95)<100', 'Connection time p95'),
      'ws_response_time{load:concurrency}': shown('p(95)<50', 'Response time p95'),
      'ws_msgs_answered{load:throughput,rate:100}': shown('rate>=99%', 'Throughput at 100 msg/s'),
      'ws_msgs_answered{load:throughput,rate:500}': shown('rate>=99%', 'Throughput at 500 msg/s'),
      'ws_msgs_answered{load:throughput,rate:1000}': shown('rate>=99%', 'Throughput at 1000 msg/s'),
      'ws_connections_held{load:concurrency,connections:100}': shown('value>=100', 'Connections held'),
    },
  };
  return Object.entries(keys).map(([key, value]) => ({ kind: 'set', path: [key], value, origin }));
}

/**
 * The loads of a check with load, saying what `own` says: requests that stand within a load of the profile are those of
 * its first load that has any. Requests beside `load` are in the short loads already.
 */
export function sayingAs(short: ParsedProfile, own: Profile): ParsedProfile {
  const speaks = own.load.find(({ talk }) => (talk?.requests.length ?? 0) > 0);
  if (speaks?.talk == null) return short;
  const { talk, reply } = speaks;
  const load = short.profile.load.map((each) =>
    (each.talk?.requests.length ?? 0) > 0 ? each : { ...each, talk: { ...talk, senders: null }, reply },
  );
  return { ...short, profile: { ...short.profile, load } };
}
