import type { CampaignObserver } from '../campaign/campaign.js';
import type { Interval } from '../metrics/interval.js';
import type { Plan } from '../plan/plan.js';
import type { Profile } from '../profile/profile.js';
import type { Redactor } from '../report/redact.js';
import type { ResultDocument } from '../report/result-document.js';
import type { CliIo } from './io.js';
import type { RunSettings } from './run-options.js';

export class RunView {
  readonly #io: CliIo;
  readonly #settings: RunSettings;
  readonly #redactor: Redactor;

  constructor(io: CliIo, settings: RunSettings, redactor: Redactor, _profile: Profile, _plan: Plan) {
    this.#io = io;
    this.#settings = settings;
    this.#redactor = redactor;
  }
  dryRun(): void {}
  canary(line: string, _hint: string | null): void {
    this.#io.stderr.write(`${this.#redactor.text(line)}\n`);
  }
  begin(_engine: string | null): void {}
  observer(onInterval: (interval: Interval) => void): CampaignObserver {
    return { onInterval, onPhase() {}, onProgress() {}, onCellStart() {}, onCellDone() {} };
  }
  markdown(_document: ResultDocument): string {
    return '';
  }
  finish(document: ResultDocument, _path: string): void {
    if (this.#settings.json) this.#io.stdout.write(JSON.stringify(document));
  }
  end(): void {}
}
