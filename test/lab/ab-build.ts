/**
 * A "build" to compare: `node ab-build.js PORT DELAY` is a server on that port whose handler takes so long, e.g. `10ms`.
 * The engine `ws`: what is installed on a machine must not decide what is measured.
 */
import { startServer } from '../../src/server/server.js';

const [port = '', delay = ''] = process.argv.slice(2);
const server = await startServer({ engine: 'ws', port: Number(port), faults: `delay:${delay}`, pingIntervalMs: 0 });
process.once('SIGTERM', () => void server.close());
