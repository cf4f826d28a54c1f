import type { CampaignObserver } from '../../campaign/campaign.js';
import { prometheusText } from '../../report/live/prometheus.js';
import { Dashboard, type Snapshot } from './dashboard.js';
import { type LivePage, type LiveServer, serveLive } from './live-server.js';
import type { RunPulse } from './live-state.js';

export interface LiveRequest {
  readonly prometheus: number | null;
  readonly dashboard: number | null;
  readonly runId: string;
  readonly cells: number;
  readonly pulse: RunPulse;
  readonly snapshot: Snapshot;
  /** Gets one line for each page: where it is served. */
  readonly say: (line: string) => void;
}

/** What `--prometheus` and `--dashboard` serve during the run. Without these flags it does nothing. */
export interface Live {
  watching(observer: CampaignObserver): CampaignObserver;
  /** Ends the pages. `folder`: of the finished run; null if the run left none. */
  end(folder: string | null): Promise<void>;
}

/** Throws WsurgeError (104) where a port is taken. */
export async function startLive(request: LiveRequest): Promise<Live> {
  const { prometheus, dashboard: port, say, snapshot, cells } = request;
  const servers: LiveServer[] = [];
  const dashboard = port === null ? null : new Dashboard(snapshot, cells, say);
  try {
    if (prometheus !== null) {
      const server = await serveLive(prometheus, 'prometheus', [metricsPage(request)]);
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
    watching: (observer) => dashboard?.watching(observer) ?? observer,
    async end(folder) {
      await dashboard?.end(folder);
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

function metricsPage({ pulse, runId }: LiveRequest): LivePage {
  return {
    path: '/metrics',
    answer(response) {
      const { cell } = pulse;
      const text = prometheusText(runId, pulse.totals, cell === null ? null : pulse.state(cell));
      response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    },
  };
}
