import type { Interval } from '../metrics/interval.js';
import { type PackedLine, packLine } from '../metrics/packed-line.js';
import type { Report } from './orders.js';

/** Reports of lines without an answer. With more, new lines wait here, and not in the buffers of the broker. */
const UNANSWERED_MAX = 4;
/** Lines that are kept until they are answered, bytes of JSON. */
const KEPT_MAX_BYTES = 64 * 1024 * 1024;

/** Sends a report until it is answered. Rejects when nobody waits for it any more. */
export type SendReport = (report: Report) => Promise<'ok' | 'gone'>;

interface QueueOptions {
  readonly send: SendReport;
  /** The coordinator takes no more reports of this cell. Called once. */
  readonly onGone: () => void;
  /** More is kept than there is room for: the load must stop. Called once. */
  readonly onFull: () => void;
  /** Less in tests. */
  readonly keptMaxBytes?: number;
}

/** The lines of one cell on their way to the coordinator: kept until each was answered. */
export class ReportQueue {
  readonly #o: QueueOptions;
  #waiting: PackedLine[] = [];
  #waitingBytes = 0;
  /** Bytes of lines that are sent and not answered. */
  #sentBytes = 0;
  #unanswered = 0;
  #reports = 0;
  #isFull = false;
  #isOver = false;
  /** Set once no more lines come. */
  #onEmpty: (() => void) | null = null;

  constructor(options: QueueOptions) {
    this.#o = options;
  }

  add(line: Interval): void {
    if (this.#isOver) return;
    const packed = packLine(line);
    this.#waiting.push(packed);
    this.#waitingBytes += JSON.stringify(packed).length;
    if (this.#waitingBytes + this.#sentBytes > (this.#o.keptMaxBytes ?? KEPT_MAX_BYTES)) this.#full();
    this.#flush();
  }

  /** Sends what is left. Resolves with the number of reports, once all are answered, or nobody waits for them. */
  async finish(): Promise<number> {
    const isEmpty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    this.#flush();
    await isEmpty;
    return this.#reports;
  }

  /** Nobody waits for the lines any more. */
  giveUp(): void {
    this.#isOver = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#onEmpty?.();
  }

  #flush(): void {
    if (this.#waiting.length > 0 && this.#unanswered < UNANSWERED_MAX) this.#send();
    const isEmpty = this.#waiting.length === 0 && this.#unanswered === 0;
    if (this.#isOver || isEmpty) this.#onEmpty?.();
  }

  #send(): void {
    const bytes = this.#waitingBytes;
    const report: Report = { kind: 'lines', n: this.#reports++, lines: this.#waiting };
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#sentBytes += bytes;
    this.#unanswered++;
    this.#o
      .send(report)
      .catch(() => 'gone' as const)
      .then((answer) => {
        this.#sentBytes -= bytes;
        this.#unanswered--;
        if (answer === 'gone') this.#gone();
        // What came while four were on their way goes together.
        else this.#flush();
      });
  }

  #gone(): void {
    if (this.#isOver) return;
    this.giveUp();
    this.#o.onGone();
  }

  #full(): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#o.onFull();
  }
}
