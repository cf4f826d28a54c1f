/** The machines of a load as reports name them: by agent and role, and each kind once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GeneratorEnvironment } from '../../src/metrics/environment.js';
import { machineKinds } from '../../src/report/shared/machines.js';

const machine = (host: string, more: Partial<GeneratorEnvironment> = {}): GeneratorEnvironment => ({
  ...{ host, cpu: 'Example CPU', cores: 4, memoryBytes: 16e9, kernel: 'Linux 6.8.0', node: 'v24.0.0' },
  limits: { openFiles: 1024, ephemeralPorts: 28_232 },
  ...more,
});
const said = (machines: readonly GeneratorEnvironment[]) =>
  machineKinds(machines).map(({ who, hosts }) => [who, hosts]);

test('one machine has no role: it did all', () => {
  assert.deepEqual(said([machine('bench-1')]), [[null, 'bench-1']]);
});

test('agents of one kind are one line; the coordinator stands apart, as it made no load', () => {
  const agents = ['a1', 'a2', 'a3', 'a4', 'a5'].map((agent) => machine(`host-${agent}`, { agent }));
  const large = machine('host-b', { agent: 'b', cores: 64 });
  assert.deepEqual(said([machine('desk'), ...agents, large]), [
    ['coordinates, makes no load', 'desk'],
    ['agents a1, a2, a3 and 2 more', 'host-a1, host-a2, host-a3 and 2 more'],
    ['agent b', 'host-b'],
  ]);
});
