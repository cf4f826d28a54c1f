import { formatCount, formatMs } from '../../src/units.js';
import type { Case, Goal } from '../case.js';
import { looking, scraping, type Watch, watchedRound } from '../contestants/watched-run.js';

const CONNECTIONS = 100;
const ALONE = 'nobody watches';
const WATCHES: Readonly<Record<string, Watch>> = {
  'Prometheus, every second': { flag: '--prometheus', watcher: scraping },
  'dashboard, one page': { flag: '--dashboard', watcher: looking },
};

/** Does a viewer of the dashboard disturb the load? Send lag and CPU of the same run with and without one. */
export function watchedCase(rate: number): Case {
  const format = (us: number) => `${formatMs(us)} ms`;
  const load = { connections: CONNECTIONS, rate };
  return {
    name: `watched-${rate}`,
    title: `a run that is watched, ${formatCount(rate)} msg/s, ${CONNECTIONS} connections`,
    server: 'shared',
    rounds: 5,
    seconds: 6,
    repeats: 2,
    metrics: [
      { key: 'p50Us', label: 'send lag p50', format },
      { key: 'p99Us', label: 'send lag p99', format },
      { key: 'cores', label: 'CPU of a core', format: (cores) => `${(cores * 100).toFixed(1)} %` },
    ],
    contestants: [
      { name: ALONE, run: (setting) => watchedRound(load, null, setting) },
      ...Object.entries(WATCHES).map(([name, watch]) => ({
        name,
        run: (setting: Parameters<typeof watchedRound>[2]) => watchedRound(load, watch, setting),
      })),
    ],
    goals: Object.keys(WATCHES).flatMap(besideAlone),
    notes: ['`wsurge run` as it is started by hand, not pinned; CPU is that of its whole process, serving included'],
  };
}

function besideAlone(of: string): Goal[] {
  return ['p50Us', 'p99Us', 'cores'].map((metric) => ({ metric, of, by: { kind: 'ratio', to: ALONE }, bound: null }));
}
