import { type AgentInfo, PROTOCOL } from '../../src/fleet/orders.js';

/** An idle agent with 4 workers and no other limits; name what differs. */
export function agentWith(changes: Partial<AgentInfo> = {}): AgentInfo {
  const { name = 'eu-1' } = changes;
  return {
    protocol: PROTOCOL,
    version: '1.0.0',
    id: `${name}-0123abcd`,
    name,
    labels: {},
    state: { kind: 'idle' },
    environment: {
      host: name,
      cpu: 'Xeon',
      cores: 4,
      memoryBytes: 8e9,
      kernel: 'Linux 6.1',
      node: 'v20.18.0',
      limits: { openFiles: null, ephemeralPorts: null },
    },
    loopback: `of ${name}`,
    offers: { workers: 4, connections: null, perSecond: null },
    allows: [],
    idle: { runQueueWait: 0, steal: 0 },
    ...changes,
  };
}
