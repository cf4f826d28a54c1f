import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import type { Snapshot } from '../../../src/app/snapshot.js';
import { Dashboard } from '../../../src/cli/live/dashboard.js';
import type { AgentLeft } from '../../../src/coordinator/cell-events.js';
import { agentSecondOf } from '../../../src/metrics/seconds/agent-second.js';
import { NO_PROGRESS } from '../../campaign/events-fixture.js';
import { cellWith } from '../../plan/cell-builder.js';
import { documentOf } from '../../report/document-fixture.js';
import { intervalOf } from '../../report/run/saved-fixture.js';

const LEFT: AgentLeft = { type: 'agent-left', agent: 'two', workers: [1, 2], how: 'lost', why: 'agent two is gone' };

/** A page: what it was sent, and whether it reads at all. */
class Page extends Writable {
  status = 0;
  text = '';
  readonly #reads: boolean;

  constructor(reads: boolean) {
    super();
    this.#reads = reads;
  }

  writeHead(status: number): this {
    this.status = status;
    return this;
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    if (!this.#reads) return;
    this.text += chunk.toString();
    done();
  }
}

function dashboard(snapshot: Snapshot = () => documentOf()) {
  const made = new Dashboard(snapshot, 1, () => undefined, 20);
  const watch = made.pages.find(({ path }) => path === '/events')!;
  return { made, open: (page: Page) => watch.answer(page as unknown as ServerResponse) };
}

// Without a bound it would wait for ever: the test's own time limit is the only other way out.
test('a page that stopped reading is cut off at the end, others have the last word', { timeout: 20_000 }, async () => {
  const { made, open } = dashboard();
  const [reader, stuck] = [new Page(true), new Page(false)];
  for (const page of [reader, stuck]) await open(page);
  await made.end(null);
  assert.match(reader.text, /^data: \{.*\}\n\nevent: end\ndata:\n\n$/);
  assert.equal(stuck.destroyed, true);
});

test('a page that does not read has no more than one look waiting for it', async () => {
  const { made, open } = dashboard();
  const stuck = new Page(false);
  await open(stuck);
  const waiting = stuck.writableLength;
  const cell = { id: 'a' } as never;
  for (let i = 0; i < 5; i++) made.sink({ type: 'cell', cell, result: documentOf() as never });
  assert.equal(stuck.writableLength, waiting);
  await made.end(null);
});

test('tells how a run stands at most every second second, and nothing where nobody looks', async () => {
  let snapshots = 0;
  const { made, open } = dashboard(() => {
    snapshots++;
    return documentOf();
  });
  const second = { type: 'second', role: 'measured' } as never;
  for (let i = 0; i < 100; i++) made.sink(second);
  assert.equal(snapshots, 0);
  await open(new Page(true));
  assert.equal(snapshots, 1, 'the page as it is opened');
  for (let i = 0; i < 100; i++) made.sink(second);
  // Fewer where the machine was slow: the dashboard rests in proportion to what it took.
  assert.ok(snapshots > 1 && snapshots <= 51, `${snapshots}`);
  await made.end(null);
});

test('only so many pages are taken', async () => {
  const { made, open } = dashboard();
  const pages = Array.from({ length: 17 }, () => new Page(true));
  for (const page of pages) await open(page);
  assert.deepEqual(
    pages.map(({ status }) => status),
    [...new Array(16).fill(200), 503],
  );
  await made.end(null);
});

test('shows the agents of the running cell, the worst first', async () => {
  const { made, open } = dashboard();
  const cell = cellWith();
  const about = { cell, role: 'measured' as const, progress: { ...NO_PROGRESS, agents: ['one', 'two'] } };
  made.sink({ type: 'phase', phase: 'connect', atMs: 0, ...about });
  made.sink({ type: 'agent-second', second: agentSecondOf(intervalOf({ agent: 'one', open: 1200 })) });
  made.sink({ ...LEFT, cell, role: 'measured' });
  const page = new Page(true);
  await open(page);
  const { runs } = JSON.parse(page.text.slice('data: '.length)) as { runs: [{ agentsNow: object[] }] };
  const [two, one] = runs[0].agentsNow;
  assert.deepEqual(two, { agent: 'two', state: 'lost', why: 'is gone', open: '-', rate: '-', busy: '-' });
  assert.deepEqual(
    { ...one, rate: '', busy: '' },
    {
      ...{ agent: 'one', state: 'loading', why: null, open: '1,200', rate: '', busy: '' },
    },
  );
  await made.end(null);
});
