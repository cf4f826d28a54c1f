/** How a server ended, or stopped accepting connections, during a check. */
export interface ServerEnd {
  /** Id of the check; `look` for the first look. */
  readonly check: string;
  /** What was sent last before the end, if the first look knows it: `a text that is no JSON`. */
  readonly sent?: string;
  /** The check breaks the protocol or abuses the server on purpose. */
  readonly isRough: boolean;
  /** `it exited with code 1`, `no connection opened: connect ECONNREFUSED 127.0.0.1:9001`. */
  readonly how: string;
  /** `restarted`: by wsurge. `back`: it came back without wsurge. `gone`: it did not, and nothing more was checked. */
  readonly after: 'restarted' | 'back' | 'gone';
  /** From the end of the check to the first connection after it, ms; null if none opened. */
  readonly backMs: number | null;
}

/** Stands for the id of a check where the server ended during the first look. */
export const LOOK = 'look';

export function isOfLook({ check }: ServerEnd): boolean {
  return check === LOOK;
}

/** `The server ended when a text that is no JSON was sent to it during the look: it exited with code 1`. */
export function lookEndText({ sent = 'a message', how }: ServerEnd): string {
  return `The server ended when ${sent} was sent to it during the look: ${how}`;
}
