import type { ConnectTimes } from '../../src/engine/socket/connection.js';
import { cellWith } from '../plan/cell-builder.js';
import { type Experiment, exactly, finding } from './experiment.js';
import { runTapped } from './tapped-run.js';

const DELAY_MS = 250;
const CONNECTIONS = 50;

export const slowUpgrade: Experiment = {
  id: 'L10',
  title: 'A server that takes 250 ms for the handshake, behind TLS',
  truth:
    `${CONNECTIONS} connections with TLS; the server answers each upgrade request 250 ms after it was read. The median upgrade takes 250 ms within 3 ms. ` +
    'For each connection, waiting, TCP, TLS and upgrade add up to the whole within 1 us; quantiles of them need not.',
  run: async () => {
    const cell = cellWith({
      connections: { from: CONNECTIONS, to: CONNECTIONS },
      connectRate: 100,
      rate: { from: 50, to: 50 },
      durationMs: 1000,
    });
    const { result, connects } = await runTapped(cell, { faults: `handshake:${DELAY_MS}ms`, tls: true });
    const upgradeMs = (result.connectUs.upgrade.p50 ?? Number.NaN) / 1000;
    return [
      exactly('connections opened', 'connections', CONNECTIONS, result.connections.opened),
      finding('upgrade p50', 'ms', DELAY_MS, upgradeMs, { below: 3, above: 3 }),
      finding('largest gap between parts and whole', 'us', 0, Math.max(...connects.map(gapUs)), { below: 1, above: 1 }),
    ];
  },
};

/** By how much the parts of a connect differ from its whole. Every part must be there, and none may be negative. */
function gapUs({ plannedUs, startUs, tcpUs, tlsUs, openUs }: ConnectTimes): number {
  if (tcpUs === null || tlsUs === null || openUs === null) return Number.POSITIVE_INFINITY;
  const parts = [startUs - plannedUs, tcpUs - startUs, tlsUs - tcpUs, openUs - tlsUs];
  if (parts.some((us) => us < 0)) return Number.POSITIVE_INFINITY;
  return Math.abs(parts.reduce((sum, us) => sum + us, 0) - (openUs - plannedUs));
}
