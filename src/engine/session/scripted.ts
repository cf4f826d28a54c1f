import type { Wire, WireRequest } from '../../dialect/wire.js';
import { messageOf } from '../../errors.js';
import { C } from '../../metrics/counters.js';
import type { Recorder } from '../../metrics/recorder.js';
import { isMatched, type Shard } from '../../plan/cell.js';
import { type SessionValues, sessionNames, type TokenValues } from '../../plan/fill.js';
import { type Outline, outlineWith } from '../../plan/outline.js';
import type { BuiltMessages } from '../../plan/payload.js';
import { type AnyScript, ScriptLife } from '../../script/life.js';
import { ScriptProblem } from '../../script/problem.js';
import { formatBytes } from '../../units.js';
import type { Clock } from '../pacing/clock.js';
import { isTooDeep } from './captured.js';

/** What the messages of one worker may take, bytes: with their masked frames it is about twice as much. */
const BUILT_BYTES_MAX = 256 * 1024 * 1024;

export interface ScriptedOptions {
  readonly script: AnyScript;
  readonly wire: Wire;
  /** Replies are known by the number of their message. */
  readonly isNumbered: boolean;
  /** Connection c of this worker is `worker + c * workers` of the cell. */
  readonly shard: Pick<Shard, 'env' | 'worker' | 'workers'>;
  readonly recorder: ScriptNotes;
  readonly clock: Clock;
  /** The most that the messages of one worker may take, bytes; absent for the usual limit. */
  readonly mostBytes?: number;
  /** Ends a connection whose script failed. */
  readonly end: (connection: number) => void;
}

/** What a connection does for its script. */
export interface ScriptedPort {
  send(text: string): void;
  /** Judges a message that came while the script waited for none, and that it did not want. */
  left(payload: Buffer): void;
}

/** The part of a shard that a script needs. */
export interface ScriptOfShard {
  readonly shard: Pick<Shard, 'cell' | 'env' | 'worker' | 'workers'>;
  readonly script?: AnyScript | undefined;
  readonly clock: Clock;
}

/** Where it is noted what a script does. */
export type ScriptNotes = Pick<Recorder, 'script' | 'error'>;

/** The script of a shard's cell; null if it has none. `end`: see `ScriptedOptions`. */
export function scriptedOf(
  { shard, script, clock }: ScriptOfShard,
  recorder: ScriptNotes,
  end: ScriptedOptions['end'],
): Scripted | null {
  const { cell } = shard;
  const { wire } = cell;
  if (wire === undefined || wire.script === null) return null;
  if (script === undefined) throw new Error(`the script ${wire.script.path} of ${cell.id} was not loaded`);
  const isNumbered = isMatched(cell) && cell.reply.match === 'sequence';
  return new Scripted({ script, wire, isNumbered, shard, recorder, clock, end });
}

interface Place {
  readonly life: ScriptLife;
  /** By request; null for those that are built anew each time. */
  outlines: readonly (Outline | null)[];
  bytes: number;
}

/** A value of the session that a text of the profile holds. `by`: that text, as words. */
interface Needed {
  readonly name: string;
  readonly by: string;
}

/** What has to be there once a connection is open. What the reply to a request brings comes later. */
function neededBy({ requests, rules }: Pick<Wire, 'requests' | 'rules'>): readonly Needed[] {
  const texts = [
    ...requests.map(({ name, send }) => ({ by: `request ${name}`, send })),
    ...rules.map(({ name, send }) => ({ by: `rule ${name}`, send: send ?? '' })),
  ];
  const later = new Set(requests.flatMap(({ captures }) => captures.map(({ name }) => name)));
  const needed = texts.flatMap(({ by, send }) => sessionNames(send).map((name) => ({ name, by })));
  return needed.filter(({ name }) => !later.has(name));
}

/** A copy, so that nothing the script does later changes it. Throws a ScriptProblem if the value is no JSON. */
function asJson(value: unknown, what: string): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new ScriptProblem('script_session', `${what} is no JSON: ${messageOf(error).split('\n', 1)[0]}`);
  }
  if (text === undefined) throw new ScriptProblem('script_session', `${what} is no JSON: it is a ${typeof value}`);
  const json: unknown = JSON.parse(text);
  if (isTooDeep(json)) throw new ScriptProblem('script_session', `${what} is nested too deeply to be sent`);
  return json;
}

/** The script of a cell on the connections of one worker, which are numbered within it. */
export class Scripted implements BuiltMessages {
  readonly #o: ScriptedOptions;
  readonly #places: (Place | undefined)[] = [];
  readonly #needed: readonly Needed[];
  #builtBytes = 0;

  constructor(options: ScriptedOptions) {
    this.#o = options;
    this.#needed = neededBy(options.wire);
  }

  /** A new life of a connection begins. */
  begin(connection: number, values: TokenValues, port: ScriptedPort): ScriptLife {
    const { script, shard, recorder, clock } = this.#o;
    this.#forget(connection);
    const asks = (name: string) => {
      const begunUs = clock.nowUs();
      return () => recorder.script.asked(name, clock.nowUs() - begunUs);
    };
    const facts = { connection: values.connection, env: shard.env, data: values.row, room: values.room };
    const life = new ScriptLife(script, facts, { ...port, asks });
    this.#places[connection] = { life, outlines: [], bytes: 0 };
    return life;
  }

  /**
   * Opens a life and builds its messages. Resolves with the session's values; rejects with a ScriptProblem. `session`: what
   * was captured before.
   */
  async open(connection: number, life: ScriptLife, session: SessionValues): Promise<SessionValues> {
    await life.open(session);
    const place = this.#places[connection];
    if (place?.life === life) this.#build(place);
    const values = { ...life.session };
    return { ...values, ...this.#neededOf(values) };
  }

  /** The values that texts of the profile need, as JSON. Throws a ScriptProblem if one of them is missing, or is no JSON. */
  #neededOf(session: SessionValues): SessionValues {
    const values: Record<string, unknown> = {};
    for (const { name, by } of this.#needed) {
      if (session[name] === undefined) {
        throw new ScriptProblem('script_session', `open has set no chat.session.${name}, which ${by} needs`);
      }
      values[name] = asJson(session[name], `chat.session.${name}, which ${by} needs,`);
    }
    return values;
  }

  /** What a message is that no rule and no number explains: a counter. A script that says 'fail' ends the connection. */
  hear(connection: number, bytes: Buffer, start: number, end: number): number {
    const place = this.#places[connection];
    if (place === undefined) return C.unexpected;
    try {
      return this.heardBy(place.life, bytes.subarray(start, end));
    } catch (error) {
      this.#failed(connection, place.life, error, error instanceof ScriptProblem && error.code === 'script_fail');
      return C.unexpected;
    }
  }

  /** The same of a life that is not open yet. Throws what the script throws. */
  heardBy(life: ScriptLife, payload: Buffer): number {
    const { name, sent } = life.hear(payload);
    if (name === null) return C.unexpected;
    this.#o.recorder.script.heard(name, sent ? 'duty' : 'count');
    return sent ? C.duties : C.counted;
  }

  outline(connection: number, request: number): Outline | null {
    return this.#places[this.#own(connection)]!.outlines[request] ?? null;
  }

  fresh(connection: number, request: number, sequence: number): Buffer | null {
    const own = this.#own(connection);
    const { life } = this.#places[own]!;
    const wanted = this.#o.wire.requests[request]!;
    try {
      return Buffer.from(life.fresh(wanted.name, sequence, this.#isNumbered(wanted)));
    } catch (error) {
      this.#failed(own, life, error, true);
      return null;
    }
  }

  /** Whether its reply, or its deliveries, are known by the number. */
  #isNumbered({ reaches, silent }: WireRequest): boolean {
    return reaches !== undefined || (this.#o.isNumbered && silent !== true);
  }

  #own(connection: number): number {
    const { worker, workers } = this.#o.shard;
    return (connection - worker) / workers;
  }

  #build(place: Place): void {
    const { wire, mostBytes = BUILT_BYTES_MAX } = this.#o;
    place.outlines = wire.requests.map((request) => {
      const { name, built } = request;
      if (built === undefined || built.fresh) return null;
      const { bytes, sequenceAt } = place.life.build(name, this.#isNumbered(request));
      place.bytes += bytes.length;
      this.#builtBytes += bytes.length;
      return outlineWith(bytes, sequenceAt);
    });
    if (this.#builtBytes <= mostBytes) return;
    this.#builtBytes -= place.bytes;
    place.bytes = 0;
    place.outlines = [];
    const message = `its messages for the connections of one worker take more than ${formatBytes(mostBytes)}`;
    throw new ScriptProblem('script_build', `${message}: say \`fresh: true\`, or use fewer connections`);
  }

  #forget(connection: number): void {
    this.#builtBytes -= this.#places[connection]?.bytes ?? 0;
    this.#places[connection] = undefined;
  }

  /** Counts what a script did wrong on an open connection. */
  #failed(connection: number, life: ScriptLife, thrown: unknown, ends: boolean): void {
    if (!(thrown instanceof ScriptProblem)) throw thrown;
    this.#o.recorder.error('open', thrown.code, thrown.message);
    if (!ends) return;
    // Not at once: a tick of the sender or a read of the socket is under way.
    this.#o.clock.soon(() => {
      if (this.#places[connection]?.life === life) this.#o.end(connection);
    });
  }
}
