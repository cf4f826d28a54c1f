import { usageError, type WsurgeError } from '../errors.js';
import type { Engine } from './engine.js';
import { FAULT_NAMES, type FaultPlan } from './faults/catalogue.js';
import { parseFaults } from './faults/fault-list.js';
import { FaultyHub } from './faults/faulty-hub.js';
import { TruthFile } from './faults/truth-file.js';
import { Hub } from './hub.js';
import { type LoadedUws, loadUws } from './load-uws.js';
import { type EngineName, needsWs, parseServerOptions, type ServerOptions, type ServerSettings } from './options.js';
import type { ServerStats } from './stats.js';
import { readTlsFiles, type TlsFiles } from './tls-files.js';
import { UwsEngine } from './uws-engine.js';
import { WsEngine } from './ws-engine.js';

export interface RunningServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly engine: EngineName;
  /** How to install the fast engine if `auto` did not find it; else null. */
  readonly hint: string | null;
  /** Resolves if the truth log becomes unwritable while the server runs; else stays pending. */
  readonly failure: Promise<WsurgeError>;
  stats(): ServerStats;
  /**
   * Accepts no more connections, closes the open ones with 1001, and resolves when all are gone and the truth log is
   * complete. Rejects with a WsurgeError if the log could not be written.
   */
  close(): Promise<void>;
  /** As `close`, so that `await using server = await startServer()` closes it at the end of its block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the reference server in this process. Rejects with a WsurgeError (104) for bad options or a port in use. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const settings = parseServerOptions(options);
  const tls = readTlsFiles(settings);
  const wanted = needsWs(settings.faults) ? 'ws' : settings.engine;
  const found = wanted === 'ws' ? null : await loadUws();
  if (wanted === 'uws' && found?.status === 'absent') {
    throw usageError('uws_missing', `the engine uws cannot be used: ${found.reason}`, found.installLine);
  }
  const name: EngineName = found?.status === 'loaded' ? 'uws' : 'ws';
  const truth = typeof settings.truthLog === 'string' ? new TruthFile(settings.truthLog) : null;
  const hub = hubOf(settings, name, truth);
  const engine = engineOf(found, hub, tls);
  const port = await engine.listen().catch(async (error: unknown) => {
    await hub.closeAll(0);
    await truth?.close();
    throw error;
  });
  const close = async () => {
    await engine.close();
    await truth?.close();
  };
  return {
    url: urlOf(settings, port, tls !== null),
    host: settings.host,
    port,
    engine: name,
    hint: found?.status === 'absent' ? found.installLine : null,
    stats: () => hub.stats(),
    failure: truth?.failure ?? new Promise(() => undefined),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Without faults and truth log nothing sits between the rules and the sockets. */
function hubOf(settings: ServerSettings, engine: EngineName, truth: TruthFile | null): Hub {
  const { plan } = parseFaults(settings.faults);
  const { truthLog } = settings;
  if (truthLog === null && isHarmless(plan)) return new Hub(settings, engine);
  const sink = typeof truthLog === 'function' ? truthLog : truth?.write.bind(truth);
  return new FaultyHub(settings, engine, plan, sink ?? (() => undefined));
}

function isHarmless(plan: FaultPlan): boolean {
  return FAULT_NAMES.every((name) => name === 'null' || plan[name] === undefined);
}

function engineOf(found: LoadedUws | null, hub: Hub, tls: TlsFiles | null): Engine {
  return found?.status === 'loaded' ? new UwsEngine(hub, found.uws, tls) : new WsEngine(hub, tls);
}

function urlOf({ host, path }: ServerSettings, port: number, secure: boolean): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return `${secure ? 'wss' : 'ws'}://${shown}:${port}${path ?? '/'}`;
}
