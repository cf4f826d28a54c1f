import picocolors from 'picocolors';
import type { CampaignObserver } from '../../campaign/campaign.js';
import type { Interval } from '../../metrics/interval.js';
import type { ServerSecond } from '../../metrics/seconds/server-second.js';
import type { Cell } from '../../plan/cell.js';
import type { Plan } from '../../plan/plan.js';
import { formatCount } from '../../units.js';
import { type CliIo, canRedraw, wantsColor } from '../io.js';
import { RunPulse } from '../live/live-state.js';
import { ProgressView } from './progress-view.js';

export interface LiveProgressOptions {
  readonly io: CliIo;
  readonly plan: Plan;
  readonly enabled: boolean;
  /** Strikes secrets out. */
  readonly safe: (text: string) => string;
  /** The name of the running cell. Default: its id. */
  readonly nameOf?: (cell: Cell) => string;
}

/** Keeps the interval lines of a run: its folder does. */
export interface LineKeeper {
  appendInterval(interval: Interval): void;
  appendServerSecond(second: ServerSecond): void;
}

/** Takes the events of a campaign, keeps them as its pulse and draws them on stderr. */
export class LiveProgress {
  readonly pulse: RunPulse;
  readonly #view: ProgressView;

  constructor({ io, plan, enabled, safe, nameOf = ({ id }) => id }: LiveProgressOptions) {
    const pulse = new RunPulse(plan);
    this.pulse = pulse;
    const watched = {
      get cell() {
        return pulse.cell;
      },
      state: (cell: Cell) => ({ ...pulse.state(cell), cell: nameOf(cell) }),
    };
    const colors = picocolors.createColors(wantsColor(io, io.stderr));
    this.#view = new ProgressView(io.stderr, watched, { enabled, redraw: canRedraw(io), colors, safe });
  }

  observer(lines: LineKeeper): CampaignObserver {
    return {
      onInterval: (interval) => {
        this.pulse.interval(interval);
        lines.appendInterval(interval);
      },
      onServerSecond: (second) => lines.appendServerSecond(second),
      onPhase: (phase, cell) => {
        this.pulse.phase(phase, cell);
        this.#view.draw(true);
      },
      onProgress: (merger, cell) => {
        this.pulse.second(merger, cell);
        this.#view.draw();
      },
      onIdleMemory: (connections, of) => {
        const counts = `${formatCount(connections)} of ${formatCount(of)} connections`;
        this.#view.say(`measuring idle memory: ${counts}`);
      },
      onCellStart: (_cell, ordinal) => this.pulse.cellStarts(ordinal),
      onCellDone: () => {},
    };
  }

  /** Clears the drawn lines, so that something else can be printed in their place. */
  clear(): void {
    this.#view.clear();
  }

  end(): void {
    this.#view.clear();
    this.pulse.end();
  }
}
