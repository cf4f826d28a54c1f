import { execFileSync } from 'node:child_process';
import type { TestContext } from 'node:test';

/** A network of its own for one test: a hub and machines around it, each a network namespace. */
export interface TestNetwork {
  /** The hub's address. */
  readonly hub: string;
  /** Words before a command that runs on the hub. */
  readonly onHub: readonly string[];
  /** The same for a machine; its monotonic clock is ahead by so many seconds. */
  on(machine: number, aheadSeconds: number): readonly string[];
  /** Pulls a machine's cable. */
  cut(machine: number): void;
}

let networks = 0;

/** Needs root. The test takes the namespaces away again. */
export function testNetwork(t: TestContext, machines: number): TestNetwork {
  const name = `wsurge-${process.pid}-${networks++}`;
  const hub = `${name}-hub`;
  const names = Array.from({ length: machines }, (_, i) => `${name}-${i}`);
  const ip = (...words: string[]) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => {
    for (const name of [hub, ...names]) ip('netns', 'del', name);
  });
  for (const name of [hub, ...names]) {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  ip('-n', hub, 'link', 'add', 'br0', 'type', 'bridge');
  ip('-n', hub, 'addr', 'add', '10.213.0.1/24', 'dev', 'br0');
  ip('-n', hub, 'link', 'set', 'br0', 'up');
  for (const [i, name] of names.entries()) {
    ip('-n', hub, 'link', 'add', `port${i}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('-n', hub, 'link', 'set', `port${i}`, 'master', 'br0', 'up');
    ip('-n', name, 'addr', 'add', `10.213.0.${10 + i}/24`, 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
  }
  return {
    hub: '10.213.0.1',
    onHub: ['ip', 'netns', 'exec', hub],
    on: (machine, aheadSeconds) => [
      ...['ip', 'netns', 'exec', names[machine]!],
      ...['unshare', '--time', '--monotonic', String(aheadSeconds), '--fork', '--kill-child'],
    ],
    cut: (machine) => void ip('-n', hub, 'link', 'set', `port${machine}`, 'down'),
  };
}
