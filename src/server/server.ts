import { usageError } from '../errors.js';
import type { Engine } from './engine.js';
import { Hub } from './hub.js';
import { type LoadedUws, loadUws } from './load-uws.js';
import { type EngineName, parseServerOptions, type ServerOptions, type ServerSettings } from './options.js';
import type { ServerStats } from './stats.js';
import { readTlsFiles, type TlsFiles } from './tls-files.js';
import { UwsEngine } from './uws-engine.js';
import { WsEngine } from './ws-engine.js';

export interface RunningServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly engine: EngineName;
  /** How to get the fast engine, where `auto` did not find it; else null. */
  readonly hint: string | null;
  stats(): ServerStats;
  /** Takes no more connections, says 1001 to the open ones, resolves when all are gone. */
  close(): Promise<void>;
}

/** Starts the reference server in this process. Rejects with a WsurgeError (104) for bad options or a port in use. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const settings = parseServerOptions(options);
  const tls = readTlsFiles(settings);
  const found = settings.engine === 'ws' ? null : await loadUws();
  if (settings.engine === 'uws' && found?.status === 'absent') {
    throw usageError('uws_missing', `the engine uws cannot be used: ${found.reason}`, found.installLine);
  }
  const name: EngineName = found?.status === 'loaded' ? 'uws' : 'ws';
  const hub = new Hub(settings, name);
  const engine = engineOf(found, hub, tls);
  const port = await engine.listen().catch(async (error: unknown) => {
    await hub.closeAll(0);
    throw error;
  });
  return {
    url: urlOf(settings, port, tls !== null),
    host: settings.host,
    port,
    engine: name,
    hint: found?.status === 'absent' ? found.installLine : null,
    stats: () => hub.stats(),
    close: () => engine.close(),
  };
}

function engineOf(found: LoadedUws | null, hub: Hub, tls: TlsFiles | null): Engine {
  return found?.status === 'loaded' ? new UwsEngine(hub, found.uws, tls) : new WsEngine(hub, tls);
}

function urlOf({ host, path }: ServerSettings, port: number, secure: boolean): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return `${secure ? 'wss' : 'ws'}://${shown}:${port}${path ?? '/'}`;
}
