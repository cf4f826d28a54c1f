/** Watches its own thread and answers each order over IPC: `sample`, or `spin` for that many ms of processor. */
import { performance } from 'node:perf_hooks';
import { HealthMonitor } from '../../src/engine/health.js';

export type Order = { readonly type: 'sample' } | { readonly type: 'spin'; readonly ms: number };

const health = new HealthMonitor();
process.on('message', (order: Order) => {
  if (order.type === 'sample') process.send?.(health.sample());
  else spin(order.ms);
});
process.on('disconnect', () => health.stop());
process.send?.('ready');

function spin(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}
