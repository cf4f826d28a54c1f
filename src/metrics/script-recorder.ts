import type { Interval, ScriptDelta } from './interval.js';
import { Recording } from './recording.js';

/** So many names at most, of each kind; what comes under further ones is added up under `OTHERS`. */
const NAMES_MAX = 32;
const OTHERS = '(others)';

type Frames = ScriptDelta['frames'][number];

/** What the script of a worker did since the last line: its asks and the messages that it explained, by name. */
export class ScriptRecorder {
  readonly #asks = new Map<string, Recording>();
  readonly #frames = new Map<string, { name: string; means: Frames['means']; count: number }>();

  /** Records how long the answer to an ask took, microseconds. */
  asked(name: string, us: number): void {
    entryOf(this.#asks, name, OTHERS, () => new Recording()).record(us);
  }

  /** Counts a message. `means`: it obliged the script to send something, or it did not. */
  heard(name: string, means: Frames['means']): void {
    const key = `${means} ${name}`;
    entryOf(this.#frames, key, `${means} ${OTHERS}`, (of) => ({ name: of === key ? name : OTHERS, means, count: 0 }))
      .count++;
  }

  /** What was added since the last call. */
  drain(): Pick<Interval, 'script'> {
    const asks = [...this.#asks].flatMap(([name, recording]) =>
      recording.count === 0 ? [] : [{ name, us: recording.drain() }],
    );
    const frames = [...this.#frames.values()].filter(({ count }) => count > 0).map((each) => ({ ...each }));
    for (const each of this.#frames.values()) each.count = 0;
    return asks.length === 0 && frames.length === 0 ? {} : { script: { asks, frames } };
  }
}

/** The entry of a name; that of `others` if there are many names already. */
function entryOf<T>(entries: Map<string, T>, name: string, others: string, make: (key: string) => T): T {
  const key = entries.has(name) || entries.size < NAMES_MAX ? name : others;
  let entry = entries.get(key);
  if (entry === undefined) {
    entry = make(key);
    entries.set(key, entry);
  }
  return entry;
}
