import type { IncomingHttpHeaders } from 'node:http';

/** Why no connection opened. The message may hold the server's words. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  readonly phase: 'tcp' | 'tls' | 'upgrade' | 'session';
  readonly code: string;
  /** HTTP status of an answer that was not an upgrade; null if there was no such answer. */
  readonly status: number | null;
  /** Headers of that answer. */
  readonly headers: IncomingHttpHeaders;

  constructor(
    phase: ConnectError['phase'],
    code: string,
    message: string,
    answer: { readonly status: number; readonly headers: IncomingHttpHeaders } | null = null,
  ) {
    super(message);
    this.phase = phase;
    this.code = code;
    this.status = answer?.status ?? null;
    this.headers = answer?.headers ?? {};
  }
}

/** A wait ended because its deadline passed. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
}
