import type { Wire } from '../../dialect/wire.js';
import type { ConnectFn } from '../pool.js';
import type { Captured } from './captured.js';
import { MemberScans } from './member-scans.js';
import { KeyReader, Rules } from './rules.js';
import type { Scripted } from './scripted.js';
import type { TranscriptEvent } from './transcript.js';

/** What a speaking connection tells beside the events of every connection. */
export interface SpeakingEvents {
  /** A reply, and where the protocol has it, its number; see `KeyReader`. `fails`: it says no. */
  onReply(index: number, number: number, fails: boolean, bytes: Buffer, start: number, end: number, us: number): void;
  /** A message that a rule was about and that is no reply. `number`: of the message whose trailer it is, as in `onReply`. */
  onRuled(index: number, rule: number, bytes: number, us: number, number: number): void;
  /**
   * A message that was sent to many; false, and not counted, if it is none. `isSure`: it can be nothing else.
   * `contentAt`: where the part begins in which its number is.
   */
  onDelivery(
    index: number,
    isSure: boolean,
    bytes: Buffer,
    start: number,
    end: number,
    us: number,
    contentAt: number,
  ): boolean;
  /** A message that came before the session was ready, and that neither step nor rule is about. `bytes`: its size. */
  onEarly?(bytes: number): void;
  /** A server wants heartbeats at least so often, ms. */
  onBeat?(everyMs: number): void;
  /** A step was done; `timed` is its number among the named steps, -1 for none. */
  onStep(timed: number, us: number): void;
}

export interface SpeakingOptions {
  readonly wire: Wire;
  readonly events: SpeakingEvents;
  readonly captured: Captured;
  /** Null or absent if the cell has no script. */
  readonly scripted?: Scripted | null;
  /** For a transcript; absent where nobody keeps one. */
  readonly told?: (event: TranscriptEvent) => void;
}

/** What all connections of a worker share. */
export interface Shared extends SpeakingOptions {
  readonly connect: ConnectFn;
  readonly rules: Rules;
  readonly key: KeyReader;
  /** A rule is about binary frames only. */
  readonly asksForm: boolean;
}

export function sharedOf(connect: ConnectFn, options: SpeakingOptions): Shared {
  const { rules, key } = options.wire;
  const scans = new MemberScans();
  return {
    ...options,
    connect,
    rules: new Rules(rules, scans),
    key: new KeyReader(key, scans),
    asksForm: rules.some(({ match }) => match.binary === true),
  };
}
