/**
 * The HTML report while the run goes on: the page once, then its data anew every few seconds, as server-sent events.
 */
import type { ServerResponse } from 'node:http';
import { readPageAssets } from '../../app/page-assets.js';
import { readSavedRun } from '../../app/saved-kinds.js';
import type { CampaignObserver } from '../../campaign/campaign.js';
import type { ResultDocument } from '../../documents/result-document.js';
import { messageOf } from '../../errors.js';
import type { CellResult } from '../../metrics/cell-result.js';
import type { CellMerger } from '../../metrics/merge.js';
import { type CellTimeline, TimelineBuilder } from '../../metrics/seconds/timeline.js';
import type { PartAsked } from '../../metrics/so-far.js';
import { isTwin } from '../../plan/null-twin.js';
import { runPage } from '../../report/run/page.js';
import { type PageData, pageData } from '../../report/run/page-data.js';
import { runningPageData } from '../../report/run/running-page.js';
import { pageText } from '../../report/shared/html.js';
import type { LivePage } from './live-server.js';

const EVERY_MS = 2000;
/** How long a page may take to read the last word. One that stopped reading is cut off, so that the run can end. */
const END_WAIT_MS = 1000;
/** Each page may have one look at the run unread in its buffer, so that more pages would take more memory. */
const MOST_PAGES = 16;
/**
 * It rests so many times as long as it took: where it shares its cores with the load, more would be seen in the p99.
 */
const REST = 200;

/** Seconds of a cell that are kept for the page: with all of them, each look would cost more than the one before. */
const NEWEST_SECONDS = 600;
const SHOWN_LIVE: PartAsked = { intervals: false, newestSeconds: NEWEST_SECONDS };

/** What a run is so far: its finished cells judged, the running one (null between cells) only shown. */
export type Snapshot = (done: readonly CellResult[], running: CellResult | null) => ResultDocument;

/** Nothing is worked out while nobody looks. What goes wrong here ends the dashboard, never the run. */
export class Dashboard {
  readonly #snapshot: Snapshot;
  readonly #cells: number;
  readonly #say: (line: string) => void;
  readonly #endWaitMs: number;
  readonly #watchers = new Set<ServerResponse>();
  readonly #done: { readonly result: CellResult; readonly timelines: readonly CellTimeline[] }[] = [];
  #timer: NodeJS.Timeout;
  #ended = false;
  #lines = new TimelineBuilder(NEWEST_SECONDS);
  /** Of the newest line. */
  #cellId: string | null = null;
  #merger: CellMerger | null = null;
  #measureStartMs: number | null = null;
  #measureMs = 0;

  /** `cells`: how many the run has. `say`: told where the dashboard had to stop. */
  constructor(snapshot: Snapshot, cells: number, say: (line: string) => void, endWaitMs = END_WAIT_MS) {
    this.#snapshot = snapshot;
    this.#cells = cells;
    this.#say = say;
    this.#endWaitMs = endWaitMs;
    this.#timer = this.#after(EVERY_MS);
  }

  readonly pages: readonly LivePage[] = [
    { path: '/', answer: (response) => this.#page(response) },
    { path: '/events', answer: (response) => this.#watch(response) },
  ];

  /** `observer`, overheard. */
  watching(observer: CampaignObserver): CampaignObserver {
    return {
      onCellStart: (cell, ordinal) => {
        this.#forgetCell();
        observer.onCellStart(cell, ordinal);
      },
      onPhase: (phase, cell) => {
        // The null twin of a cell says nothing about it.
        if (phase === 'measure' && !isTwin(cell)) {
          this.#measureStartMs = performance.now();
          this.#measureMs = cell.durationMs;
        }
        observer.onPhase(phase, cell);
      },
      onInterval: (interval) => {
        this.#lines.interval(interval);
        this.#cellId = interval.cell;
        observer.onInterval(interval);
      },
      onServerSecond: (second) => {
        this.#lines.serverSecond(second);
        observer.onServerSecond(second);
      },
      onProgress: (merger, cell) => {
        // The pre-warm cell has no lines: what it shows is thrown away.
        if (this.#cellId === cell.id) this.#merger = merger;
        observer.onProgress(merger, cell);
      },
      onCellDone: (cell, result) => {
        this.#done.push({ result, timelines: this.#lines.timelines() });
        this.#forgetCell();
        this.#measureStartMs = null;
        observer.onCellDone(cell, result);
        this.#tell();
      },
    };
  }

  #forgetCell(): void {
    this.#lines = new TimelineBuilder(NEWEST_SECONDS);
    this.#cellId = null;
    this.#merger = null;
  }

  /** The last word: the report as it was saved, or nothing where there is none. */
  async end(folder: string | null): Promise<void> {
    this.#stop();
    if (this.#watchers.size > 0 && folder !== null) this.#send(pageData([await readSavedRun(folder)]));
    const ended = [...this.#watchers].map(
      (watcher) =>
        new Promise<void>((resolve) => {
          watcher.once('close', resolve);
          watcher.end('event: end\ndata:\n\n', () => resolve());
        }),
    );
    const late = setTimeout(() => {
      for (const watcher of this.#watchers) watcher.destroy();
    }, this.#endWaitMs);
    await Promise.all(ended);
    clearTimeout(late);
  }

  async #page(response: ServerResponse): Promise<void> {
    const text = pageText(runPage(this.#now()), await readPageAssets(), true);
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(text);
  }

  #watch(response: ServerResponse): void {
    if (this.#watchers.size >= MOST_PAGES) {
      response.writeHead(503, { 'Content-Type': 'text/plain' }).end(`${MOST_PAGES} pages are open already\n`);
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    this.#watchers.add(response);
    response.on('close', () => this.#watchers.delete(response));
    response.write(eventText(this.#now()));
  }

  #tell(): void {
    if (this.#watchers.size === 0) return;
    try {
      this.#send(this.#now());
    } catch (error) {
      this.#stop();
      for (const watcher of this.#watchers) watcher.end();
      this.#say(`dashboard: stopped: ${messageOf(error)}`);
    }
  }

  #after(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      const startMs = performance.now();
      this.#tell();
      const tookMs = performance.now() - startMs;
      if (!this.#ended) this.#timer = this.#after(Math.max(EVERY_MS, REST * tookMs));
    }, ms).unref();
  }

  #stop(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #send(data: PageData): void {
    const text = eventText(data);
    // Who reads too slowly misses some: the next one tells all.
    for (const watcher of this.#watchers) if (watcher.writableLength === 0) watcher.write(text);
  }

  #now(): PageData {
    const current = this.#merger !== null && this.#measureStartMs !== null ? this.#merger : null;
    const done = this.#done.map(({ result }) => result);
    const elapsedMs = performance.now() - (this.#measureStartMs ?? 0);
    const running = current === null ? null : current.soFar(Math.min(elapsedMs, this.#measureMs), SHOWN_LIVE);
    const timelines = [...this.#done.flatMap((done) => done.timelines), ...this.#lines.timelines()];
    return runningPageData({ document: this.#snapshot(done, running), timelines }, this.#done.length, this.#cells);
  }
}

/** JSON has no line ends of its own, so that one line of data is all of it. */
function eventText(data: PageData): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
