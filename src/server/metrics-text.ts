import type { ServerStats } from './stats.js';

/** The `/metrics` page, in the Prometheus text format 0.0.4. */
export function metricsText(stats: ServerStats): string {
  const one = (value: number) => [['', value] as const];
  const by = (label: string, values: Readonly<Record<string, number>>) =>
    Object.entries(values).map(([key, value]) => [`{${label}="${key}"}`, value] as const);
  return [
    family('wsurge_server_info', 'gauge', 'The engine in use.', [[`{engine="${stats.engine}"}`, 1]]),
    family('wsurge_server_connections', 'gauge', 'Open connections.', one(stats.connections)),
    family('wsurge_server_connections_opened_total', 'counter', 'Connections opened.', one(stats.connectionsOpened)),
    family('wsurge_server_messages_received_total', 'counter', 'Messages received.', one(stats.messagesReceived)),
    family('wsurge_server_messages_sent_total', 'counter', 'Messages sent.', one(stats.messagesSent)),
    family('wsurge_server_received_bytes_total', 'counter', 'Payload bytes received.', one(stats.bytesReceived)),
    family('wsurge_server_broadcasts_total', 'counter', 'Messages to a room.', one(stats.broadcasts)),
    family(
      'wsurge_server_deliveries_total',
      'counter',
      'Messages to a room, each time one was sent to a member.',
      one(stats.deliveries),
    ),
    family('wsurge_server_slow_peers_total', 'counter', 'Closed with 1013: reader too slow.', one(stats.slowPeers)),
    family('wsurge_server_dead_peers_total', 'counter', 'Cut off: ping unanswered.', one(stats.deadPeers)),
    family(
      'wsurge_server_refused_messages_total',
      'counter',
      'Messages answered with an error.',
      by('code', stats.refusedMessages),
    ),
    family(
      'wsurge_server_refused_requests_total',
      'counter',
      'HTTP requests and upgrades refused.',
      by('status', stats.refusedRequests),
    ),
    family('wsurge_server_heap_used_bytes', 'gauge', 'JavaScript heap in use.', one(stats.heapUsedBytes)),
    family('wsurge_server_resident_memory_bytes', 'gauge', 'Resident set size.', one(stats.rssBytes)),
    family('wsurge_server_uptime_seconds', 'gauge', 'Time since the start.', one(stats.uptimeSeconds)),
  ].join('');
}

function family(
  name: string,
  kind: 'gauge' | 'counter',
  help: string,
  samples: readonly (readonly [labels: string, value: number])[],
): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`;
}
