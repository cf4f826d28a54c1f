import picocolors from 'picocolors';
import type { RunEvent } from '../../app/events.js';
import type { Plan } from '../../plan/plan.js';
import { formatCount } from '../../units.js';
import { type CliIo, canRedraw, wantsColor } from '../io.js';
import { LiveState } from '../live/live-state.js';
import { ProgressView } from './progress-view.js';

export interface LiveProgressOptions {
  readonly io: CliIo;
  readonly plan: Plan;
  readonly enabled: boolean;
  /** Strikes secrets out. */
  readonly safe: (text: string) => string;
  /** The name of the running cell, given its id. Default: the id. */
  readonly nameOf?: (id: string) => string;
}

/** Draws on stderr how far a campaign has come. */
export class LiveProgress {
  readonly #state: LiveState;
  readonly #view: ProgressView;

  constructor({ io, plan, enabled, safe, nameOf = (id) => id }: LiveProgressOptions) {
    const live = new LiveState(plan);
    const state = () => {
      const now = live.state();
      return now === null ? null : { ...now, cell: nameOf(now.cell) };
    };
    const colors = picocolors.createColors(wantsColor(io, io.stderr));
    this.#state = live;
    this.#view = new ProgressView(io.stderr, state, { enabled, redraw: canRedraw(io), colors, safe });
  }

  tell(event: RunEvent): void {
    this.#state.sink(event);
    if (event.type === 'phase') this.#view.draw(true);
    else if (event.type === 'second') this.#view.draw();
    else if (event.type === 'idle-memory') {
      const counts = `${formatCount(event.connections)} of ${formatCount(event.of)} connections`;
      this.#view.say(`measuring idle memory: ${counts}`);
    }
  }

  /** Clears the drawn lines, so that something else can be printed in their place. */
  clear(): void {
    this.#view.clear();
  }

  end(): void {
    this.#view.clear();
    this.#state.end();
  }
}
