/**
 * The HTML report while the run goes on: the page once, then its data anew every few seconds, as server-sent events.
 */
import type { ServerResponse } from 'node:http';
import { readPageAssets } from '../../app/page-assets.js';
import { readSavedRun } from '../../app/saved-kinds.js';
import type { Snapshot } from '../../app/snapshot.js';
import type { CampaignEvent, EventSink } from '../../campaign/events.js';
import type { CellProgress } from '../../coordinator/cell-events.js';
import { messageOf } from '../../errors.js';
import type { CellResult } from '../../metrics/cell-result.js';
import { type CellTimeline, TimelineBuilder } from '../../metrics/seconds/timeline.js';
import type { PartAsked } from '../../metrics/so-far.js';
import { runPage } from '../../report/run/page.js';
import { type PageData, pageData } from '../../report/run/page-data.js';
import { runningPageData } from '../../report/run/running-page.js';
import { pageText } from '../../report/shared/html.js';
import { AgentBoard } from './agent-board.js';
import type { LivePage } from './live-server.js';

/** An open page is told how the run stands no more often than this. */
const LEAST_REST_SECONDS = 2;
/** How long a page may take to read the last word. One that stopped reading is cut off, so that the run can end. */
const END_WAIT_MS = 1000;
/** Each page may have one look at the run unread in its buffer, so that more pages would take more memory. */
const MOST_PAGES = 16;
/**
 * After telling the pages, the dashboard rests this many times as long as the telling took. With shorter rests, a
 * dashboard that shares its cores with the load would raise the p99.
 */
const REST = 200;

/** Seconds of a cell that are kept for the page: with all of them, each look would cost more than the one before. */
const NEWEST_SECONDS = 600;
/** Charts over time are of cells. */
const KEPT = { mostSeconds: NEWEST_SECONDS, byRequest: false };
const SHOWN_LIVE: PartAsked = {
  ...{ intervals: false, newestSeconds: NEWEST_SECONDS },
  ...{ histograms: true, client: true },
};

/** Nothing is worked out while nobody looks. What goes wrong here ends the dashboard, never the run. */
export class Dashboard {
  readonly #snapshot: Snapshot;
  readonly #cells: number;
  readonly #say: (line: string) => void;
  readonly #endWaitMs: number;
  readonly #watchers = new Set<ServerResponse>();
  readonly #done: { readonly result: CellResult; readonly timelines: readonly CellTimeline[] }[] = [];
  readonly #agents = new AgentBoard();
  #ended = false;
  #lines = new TimelineBuilder(KEPT);
  /** Of the measured cell that runs, or whose null twin runs. */
  #progress: CellProgress | null = null;
  #restSeconds = LEAST_REST_SECONDS;

  /** `cells`: how many the run has. `say`: told where the dashboard had to stop. */
  constructor(snapshot: Snapshot, cells: number, say: (line: string) => void, endWaitMs = END_WAIT_MS) {
    this.#snapshot = snapshot;
    this.#cells = cells;
    this.#say = say;
    this.#endWaitMs = endWaitMs;
  }

  readonly pages: readonly LivePage[] = [
    { path: '/', answer: (response) => this.#page(response) },
    { path: '/events', answer: (response) => this.#watch(response) },
  ];

  readonly sink: EventSink = (event) => {
    if (event.type === 'cell-start') this.#forgetCell();
    else if (event.type === 'line') this.#lines.interval(event.line);
    else if (event.type === 'server-second') this.#lines.serverSecond(event.second);
    else if (event.type === 'phase') this.#phase(event);
    else if (event.type === 'second') this.#second();
    else if (event.type === 'agent-second') this.#agents.told(event.second);
    else if (event.type === 'agent-left') this.#agents.left(event.agent, event.how, event.why);
    else if (event.type === 'cell') {
      this.#done.push({ result: event.result, timelines: this.#lines.timelines() });
      this.#forgetCell();
      this.#tell();
    }
  };

  #forgetCell(): void {
    this.#lines = new TimelineBuilder(KEPT);
    this.#progress = null;
  }

  #phase({ phase, cell, role, progress }: Extract<CampaignEvent, { type: 'phase' }>): void {
    if (phase === 'connect') this.#agents.begin(cell, progress.agents);
    if (role === 'measured') this.#progress = progress;
  }

  /** A second is over: tells how the run stands, unless the rest after the last telling is not over yet. */
  #second(): void {
    this.#agents.passed();
    this.#restSeconds--;
    if (this.#ended || this.#restSeconds > 0) return;
    const startMs = performance.now();
    this.#tell();
    const tookMs = performance.now() - startMs;
    this.#restSeconds = Math.max(LEAST_REST_SECONDS, Math.ceil((REST * tookMs) / 1000));
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

  #stop(): void {
    this.#ended = true;
  }

  #send(data: PageData): void {
    const text = eventText(data);
    // A page that has not read the last data yet is left out this time: the next data is complete again.
    for (const watcher of this.#watchers) if (watcher.writableLength === 0) watcher.write(text);
  }

  #now(): PageData {
    const done = this.#done.map(({ result }) => result);
    const running = this.#progress?.soFar(SHOWN_LIVE) ?? null;
    const timelines = [...this.#done.flatMap((done) => done.timelines), ...this.#lines.timelines()];
    const saved = { document: this.#snapshot(done, running), timelines };
    return runningPageData(saved, this.#done.length, this.#cells, this.#agents.now());
  }
}

/** JSON has no line ends of its own, so that one line of data is all of it. */
function eventText(data: PageData): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
