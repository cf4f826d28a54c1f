import type { Snapshot } from '../../app/snapshot.js';
import { type EventSink, toAll } from '../../campaign/events.js';
import type { Plan } from '../../plan/plan.js';
import { prometheusText } from '../../report/live/prometheus.js';
import { Dashboard } from './dashboard.js';
import { type LivePage, type LiveServer, serveLive } from './live-server.js';
import { LiveState } from './live-state.js';

export interface LiveRequest {
  readonly prometheus: number | null;
  readonly dashboard: number | null;
  readonly runId: string;
  readonly plan: Plan;
  readonly snapshot: Snapshot;
  /** Gets one line for each page: where it is served. */
  readonly say: (line: string) => void;
}

/** What `--prometheus` and `--dashboard` serve during the run. Without these flags it does nothing. */
export interface Live {
  readonly sink: EventSink;
  /** Ends the pages. `folder`: of the finished run; null if the run left none. */
  end(folder: string | null): Promise<void>;
}

/** Throws WsurgeError (104) where a port is taken. */
export async function startLive(request: LiveRequest): Promise<Live> {
  const { prometheus, dashboard: port, say, snapshot, plan, runId } = request;
  const servers: LiveServer[] = [];
  const state = prometheus === null ? null : new LiveState(plan);
  const dashboard = port === null ? null : new Dashboard(snapshot, plan.cells.length, say);
  try {
    if (prometheus !== null && state !== null) {
      const server = await serveLive(prometheus, 'prometheus', [metricsPage(runId, state)]);
      servers.push(server);
      say(`prometheus: ${server.url}/metrics`);
    }
    if (port !== null && dashboard !== null) {
      const server = await serveLive(port, 'dashboard', dashboard.pages);
      servers.push(server);
      say(`dashboard: ${server.url}/`);
    }
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw error;
  }
  return {
    sink: toAll([state, dashboard].flatMap((one) => one?.sink ?? [])),
    async end(folder) {
      state?.end();
      await dashboard?.end(folder);
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

function metricsPage(runId: string, state: LiveState): LivePage {
  return {
    path: '/metrics',
    answer(response) {
      const text = prometheusText(runId, state.totals, state.state(), state.requests(), state.agents());
      response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    },
  };
}
