import type { EngineName } from './options.js';
import type { ErrorCode } from './protocol.js';

export interface ServerStats {
  readonly engine: EngineName;
  readonly connections: number;
  readonly connectionsOpened: number;
  readonly messagesReceived: number;
  readonly messagesSent: number;
  readonly bytesReceived: number;
  /** Messages to a room, and how often one was handed to a member of its room. */
  readonly broadcasts: number;
  readonly deliveries: number;
  /** Connections closed with 1013 because their reader was too slow. */
  readonly slowPeers: number;
  /** Connections cut because a ping stayed unanswered. */
  readonly deadPeers: number;
  /** Messages answered with an error, by its code. */
  readonly refusedMessages: Readonly<Record<string, number>>;
  /** HTTP requests and upgrades refused, by status. */
  readonly refusedRequests: Readonly<Record<string, number>>;
  readonly heapUsedBytes: number;
  readonly rssBytes: number;
  readonly uptimeSeconds: number;
}

/** What the server counts while it runs. */
export class ServerCounters {
  opened = 0;
  messagesReceived = 0;
  messagesSent = 0;
  bytesReceived = 0;
  broadcasts = 0;
  deliveries = 0;
  slowPeers = 0;
  deadPeers = 0;
  readonly #startedMs = performance.now();
  readonly #refusedMessages = new Map<ErrorCode, number>();
  readonly #refusedRequests = new Map<number, number>();

  refusedMessage(code: ErrorCode): void {
    this.#refusedMessages.set(code, (this.#refusedMessages.get(code) ?? 0) + 1);
  }

  refusedRequest(status: number): void {
    this.#refusedRequests.set(status, (this.#refusedRequests.get(status) ?? 0) + 1);
  }

  snapshot(engine: EngineName, connections: number): ServerStats {
    const { heapUsed, rss } = process.memoryUsage();
    return {
      engine,
      connections,
      connectionsOpened: this.opened,
      messagesReceived: this.messagesReceived,
      messagesSent: this.messagesSent,
      bytesReceived: this.bytesReceived,
      broadcasts: this.broadcasts,
      deliveries: this.deliveries,
      slowPeers: this.slowPeers,
      deadPeers: this.deadPeers,
      refusedMessages: Object.fromEntries(this.#refusedMessages),
      refusedRequests: Object.fromEntries(this.#refusedRequests),
      heapUsedBytes: heapUsed,
      rssBytes: rss,
      uptimeSeconds: Number(((performance.now() - this.#startedMs) / 1000).toFixed(3)),
    };
  }
}
