import type { AnyScript } from './life.js';

/**
 * The pulse of a thread that runs a script: two numbers in memory that another thread sees too. The thread counts beats
 * while its event loop turns and whenever it calls the script. A script that loops for ever ends the beats.
 */
export type PulseMemory = SharedArrayBuffer;

const BEATS = 0;
const PLACE = 1;

/** Where the thread is. `loop`: it is called by its event loop, so that script code runs only behind an `await`. */
export type PulsePlace = 'loop' | 'loading' | 'open' | 'build' | 'onFrame';
const PLACES: readonly PulsePlace[] = ['loop', 'loading', 'open', 'build', 'onFrame'];

export function pulseMemory(): PulseMemory {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
}

/** Either end of a pulse: its thread beats, another one looks. */
export class Pulse {
  readonly #cells: Int32Array;

  constructor(memory: PulseMemory) {
    this.#cells = new Int32Array(memory);
  }

  get beats(): number {
    return Atomics.load(this.#cells, BEATS);
  }

  get place(): PulsePlace {
    return PLACES[Atomics.load(this.#cells, PLACE)]!;
  }

  beat(): void {
    Atomics.add(this.#cells, BEATS, 1);
  }

  /** Beats, and says where the thread is. Returns where it was. */
  enter(place: PulsePlace): PulsePlace {
    this.beat();
    return PLACES[Atomics.exchange(this.#cells, PLACE, PLACES.indexOf(place))]!;
  }
}

/** The script, whose every call beats. It may work for long in many calls, but not in one. */
export function pulsed(script: AnyScript, pulse: Pulse): AnyScript {
  const within =
    <Args extends unknown[], Result>(place: PulsePlace, call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      const before = pulse.enter(place);
      try {
        return call(...args);
      } finally {
        pulse.enter(before);
      }
    };
  const { open, onFrame, requests } = script;
  return {
    ...script,
    ...(open === undefined ? {} : { open: within('open', open.bind(script)) }),
    ...(onFrame === undefined ? {} : { onFrame: within('onFrame', onFrame.bind(script)) }),
    ...(requests === undefined
      ? {}
      : {
          requests: Object.fromEntries(
            Object.entries(requests).map(([name, request]) => [
              name,
              { ...request, build: within('build', request.build.bind(request)) },
            ]),
          ),
        }),
  };
}

/** What to say of a script whose thread has not beaten for so long. */
export function stuckWords(path: string, place: PulsePlace, seconds: number): string {
  return `the script ${path} has held its thread for ${seconds} s without a pause (${PLACE_WORDS[place]})`;
}

/** What to do about it. */
export const STUCK_FIX = 'look for a loop there that never ends; or for work of many seconds that no await interrupts';

const PLACE_WORDS: Readonly<Record<PulsePlace, string>> = {
  loop: 'behind an await of open, or in code that nobody awaits',
  loading: 'outside of its functions, while it loads',
  open: 'in open, before its first await',
  build: 'in build',
  onFrame: 'in onFrame',
};
