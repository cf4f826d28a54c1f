/** How an agent gets to a target: it resolves and judges the host itself, whatever an order says about addresses. */
import { CanaryRefused, type CanaryReport, runCanary } from '../coordinator/canary.js';
import { peaksOf } from '../coordinator/preflight.js';
import { followed } from '../coordinator/redirect.js';
import { type ResolveDeps, SYSTEM_LOOKUP } from '../coordinator/resolve-target.js';
import { type Route, routeTo } from '../coordinator/route.js';
import { usageError } from '../errors.js';
import type { Cell, Endpoint } from '../plan/cell.js';
import { fanoutOf } from '../plan/fanout.js';
import type { Target } from '../profile/profile.js';
import { redactUrl } from '../profile/redact.js';
import { isInside, permitLoad, refusedKind } from './consent.js';
import type { AgentShard, AgentTarget, Order, Reached } from './orders.js';

export type ReachOrder = Extract<Order, { kind: 'reach' }>;

export interface WayOptions {
  /** Local addresses of this agent to connect from. Empty: the system chooses. */
  readonly localAddresses: readonly string[];
  /** Hosts of its own `--allow-target`. */
  readonly allows: readonly string[];
  /** Makes texts of servers safe: they may repeat what an order held. */
  readonly printable: (order: ReachOrder) => (text: string, most: number) => string;
  /** How names are found; absent: as the system finds them. */
  readonly names?: ResolveDeps;
  readonly canary?: typeof runCanary;
}

/** The ways that an agent may take for its run, by URL. */
export class Ways {
  readonly #o: WayOptions;
  readonly #routes = new Map<string, Route>();

  constructor(options: WayOptions) {
    this.#o = options;
  }

  /** Throws WsurgeError 103 or 104 as a run does before any load. */
  async reach(order: ReachOrder, signal: AbortSignal): Promise<Reached> {
    for (const cell of order.cells) refuseUnfit(cell);
    let { endpoint } = order;
    const asked = [endpoint.url];
    const redirects: string[] = [];
    for (;;) {
      const route = await this.#judged(order.target, endpoint.url);
      try {
        const canary = await this.#canary(order, endpoint, route, signal);
        this.#routes.set(endpoint.url, route);
        return { addresses: route.addresses, redirects, canary, notes: route.notes };
      } catch (error) {
        const { followRedirects } = order.target.target;
        if (!followRedirects || !(error instanceof CanaryRefused) || error.location === null) throw error;
        const { location, message, next } = error;
        ({ endpoint } = followed({ location, message, next }, endpoint, asked));
        redirects.push(location);
      }
    }
  }

  async #canary(order: ReachOrder, endpoint: Endpoint, route: Route, signal: AbortSignal): Promise<CanaryReport> {
    const { cells, env, row } = order;
    return await (this.#o.canary ?? runCanary)({
      cells,
      endpoint: this.#endpoint(endpoint, route),
      env,
      data: row === undefined ? [] : [row],
      printable: this.#o.printable(order),
      shownUrl: redactUrl(endpoint.url),
      signal,
    });
  }

  /** The endpoint of a shard, along the way that was judged. Throws WsurgeError 104 if none was, or the load is larger. */
  endpointFor({ cell, endpoint }: AgentShard): Endpoint {
    refuseUnfit(cell);
    const route = this.#routes.get(endpoint.url);
    if (route === undefined) {
      throw usageError('not_reached', 'this agent has not tried the target of this cell', 'send the order reach first');
    }
    const { peakConnections, peakMessagesPerSecond } = peaksOf([cell]);
    const peakPerSecond = Number.isFinite(peakMessagesPerSecond) ? peakMessagesPerSecond : null;
    permitLoad({ route, peakConnections, peakPerSecond }, this.#o.allows);
    return this.#endpoint(endpoint, route);
  }

  async #judged({ target, ...peaks }: AgentTarget, url: string): Promise<Route> {
    // The URL of the endpoint is the one that connections will use: a redirect may have led elsewhere.
    const asked: Target = target.kind === 'url' ? { ...target, url } : target;
    const refused = refusedKind(asked);
    if (refused !== null) throw refused;
    const route = await routeTo(asked, {}, this.#names());
    permitLoad({ route, ...peaks }, this.#o.allows);
    return route;
  }

  /** To find which addresses of a name accept connections, they are tried: but none that will be refused. */
  #names(): ResolveDeps {
    const { names = SYSTEM_LOOKUP, allows } = this.#o;
    const accepts = async (address: string, port: number) =>
      isInside(address, allows) || (await names.accepts(address, port));
    return { ...names, accepts };
  }

  #endpoint({ addresses: _, proxy: __, localAddresses: ___, ...endpoint }: Endpoint, route: Route): Endpoint {
    const { localAddresses } = this.#o;
    return {
      ...endpoint,
      address: route.addresses[0] ?? null,
      ...(route.addresses.length > 1 ? { addresses: route.addresses } : {}),
      ...(route.proxy === null ? {} : { proxy: route.proxy }),
      ...(localAddresses.length === 0 ? {} : { localAddresses }),
    };
  }
}

/** Throws WsurgeError 104 for what an agent never does: run code of others, and judge deliveries across machines. */
function refuseUnfit(cell: Cell): void {
  if ((cell.wire?.script ?? null) !== null) {
    throw usageError('no_script', 'an agent runs no scripts', 'run this profile on one machine: leave out --agents');
  }
  if (fanoutOf(cell) !== null) {
    throw usageError(
      'no_fanout',
      'deliveries to others are judged on one machine: publishers and receivers need one clock',
      'run this profile on one machine: leave out --agents',
    );
  }
}
