import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Order, Prepared, Reached, Report } from '../../src/fleet/orders.js';
import { orderSubject } from '../../src/fleet/orders.js';
import { cellHash } from '../../src/plan/cell-hash.js';
import { cellWith } from '../plan/cell-builder.js';
import { Fixture, FLEET, LEASE, lineOf, prepareOf, RUN, reachOf } from './agent-fixture.js';

const OTHER: Order = { ...LEASE, by: 'soak from elsewhere' } as Order;
const CONNECT: Order = { kind: 'connect', atUs: 5 };
const START: Order = { kind: 'start', t0Us: 7 };
const line = (number: number) => lineOf(2, number);
const kinds = (reports: readonly Report[]) => reports.map(({ kind }) => kind);
const sentLines = (reports: readonly Report[]) => reports.flatMap((each) => (each.kind === 'lines' ? each.lines : []));

describe('a lease', () => {
  test('takes an idle agent, which says so to all; the coordinator gives it back', async () => {
    const f = new Fixture();
    assert.deepEqual((await f.info()).state, { kind: 'idle' });
    assert.equal(await f.order(LEASE), 'ok');
    assert.deepEqual((await f.info()).state, {
      ...{ kind: 'busy', by: 'smoke from box', run: RUN },
      since: '2026-01-01T00:00:00.000Z',
    });
    assert.equal(await f.order(LEASE), 'ok', 'of the same run: nothing changes');
    assert.equal(await f.order({ kind: 'release' }), 'ok');
    assert.deepEqual((await f.info()).state, { kind: 'idle' });
    assert.deepEqual(
      f.events.map(({ type }) => type),
      ['begun', 'ended'],
    );
  });

  test('is refused while another run has the agent: the refusal says who and since when', async () => {
    const f = new Fixture();
    await f.order(LEASE);
    assert.equal(await f.order(OTHER, 0, 'run2'), 'busy');
    assert.match(await f.refusal(OTHER, 0, 'run2'), /smoke from box since 2026-01-01T00:00:00/);
    await f.order({ kind: 'release' });
    assert.equal(await f.order(OTHER, 0, 'run2'), 'ok');
  });

  test('lasts as long as there are beats, and ends 10 s after the last one', async () => {
    const f = new Fixture();
    await f.order(LEASE);
    for (let second = 0; second < 30; second++) {
      await f.pass(1000);
      assert.equal(await f.order({ kind: 'beat' }), 'ok');
    }
    await f.pass(9900);
    assert.equal((await f.info()).state.kind, 'busy');
    await f.pass(200);
    assert.equal((await f.info()).state.kind, 'idle');
    assert.equal(await f.order({ kind: 'beat' }), 'gone');
    assert.match(JSON.stringify(f.events.at(-1)), /nothing was heard of its coordinator for 10 s/);
  });

  test('lets threads load no longer than it lasts', async () => {
    const f = new Fixture();
    const { leash } = await f.running();
    for (let second = 0; second < 3; second++) {
      await f.pass(1000);
      await f.order({ kind: 'beat' });
    }
    const heardUs = f.time.nowUs;
    assert.equal(leash.isOver(heardUs + 9_900_000), false);
    assert.equal(leash.isOver(heardUs + 10_000_001), true);
  });

  test('is over for a machine that stood still, although a beat waited and is read before the timer', async () => {
    for (const late of [{ kind: 'beat' }, LEASE] as const) {
      const f = new Fixture();
      const { leash } = await f.running();
      leash.extend(f.time.nowUs - 1);
      assert.notEqual(await f.order(late), 'ok');
      assert.ok(f.told.some((told) => /^stop .* leaving$/.test(told)));
      await f.pass(1);
      assert.equal((await f.info()).state.kind, 'idle');
    }
  });

  test('that ends stops the load, and the agent is idle once the load is gone', async () => {
    const f = new Fixture();
    const threads = await f.running();
    const { end } = threads;
    threads.end = () => {};
    await f.pass(10_100);
    assert.match(f.told.at(-1)!, /^stop .* leaving$/);
    assert.equal(await f.order(OTHER, 0, 'run2'), 'busy', 'it still drains');
    assert.equal(await f.order({ kind: 'beat' }), 'gone');
    end();
    await f.pass(1);
    assert.equal(await f.order(OTHER, 0, 'run2'), 'ok');
    assert.ok(threads.isDisposed);
    assert.ok(!kinds(f.reports).includes('done'), 'nobody waits for it');
  });
});

describe('orders in every state', () => {
  const stop: Order = { kind: 'stop', deadlineMs: 10 };
  const extend: Order = { kind: 'extend', durationMs: 3000 };
  const restarted: Order = { kind: 'restarted', event: 0 };
  const beat: Order = { kind: 'beat' };
  const all = { LEASE, reach: reachOf(), prepare: prepareOf(), CONNECT, START, extend, restarted, stop, beat };
  type Name = keyof typeof all;
  const steps: Record<string, { readonly go: (f: Fixture) => Promise<unknown>; readonly ok: readonly Name[] }> = {
    idle: { go: async () => {}, ok: ['LEASE'] },
    leased: { go: (f) => f.order(LEASE), ok: ['LEASE', 'reach', 'beat'] },
    reached: {
      go: async (f) => [await f.order(LEASE), await f.order(reachOf())],
      ok: ['LEASE', 'reach', 'prepare', 'beat'],
    },
    prepared: {
      go: async (f) => [await f.order(LEASE), await f.order(reachOf()), await f.order(prepareOf(), 1)],
      ok: ['LEASE', 'reach', 'CONNECT', 'restarted', 'stop', 'beat'],
    },
    connecting: {
      go: async (f) => {
        await f.order(LEASE);
        await f.order(reachOf());
        await f.order(prepareOf(), 1);
        await f.order(CONNECT, 1);
      },
      ok: ['LEASE', 'reach', 'CONNECT', 'START', 'restarted', 'stop', 'beat'],
    },
    running: { go: (f) => f.running(), ok: ['LEASE', 'reach', 'extend', 'restarted', 'stop', 'beat'] },
    over: {
      go: async (f) => {
        (await f.running()).end();
        await f.pass(1);
      },
      ok: ['LEASE', 'reach', 'CONNECT', 'START', 'extend', 'restarted', 'stop', 'beat'],
    },
  };
  for (const [state, { go, ok }] of Object.entries(steps)) {
    test(`${state}: ${ok.join(', ')} and no other`, async () => {
      for (const [name, order] of Object.entries(all)) {
        const f = new Fixture();
        await go(f);
        const answer = await f.order(order, name === 'prepare' ? 1 : f.told.length > 0 ? 1 : 0);
        const isTaken = typeof answer !== 'string' || answer === 'ok';
        assert.equal(isTaken, ok.includes(name as Name), `${name}: ${JSON.stringify(answer)}`);
        if (!isTaken) assert.match(String(answer), /^(gone|out_of_order|not_reached)$/, name);
      }
    });
  }

  test('of an older cell, or of another run, are answered `gone` and change nothing', async () => {
    const f = new Fixture();
    (await f.running(3)).end();
    await f.pass(1);
    await f.order(prepareOf(), 4);
    const before = [...f.told];
    for (const order of [prepareOf(), CONNECT, START, extend, restarted, stop]) {
      assert.equal(await f.order(order, 3), 'gone', order.kind);
      assert.equal(await f.order(order, 4, 'run2'), 'gone', order.kind);
    }
    assert.deepEqual(f.told, before);
    assert.equal(await f.order({ kind: 'release' }, 4, 'run2'), 'gone');
    assert.equal((await f.info()).state.kind, 'busy');
  });

  test('of a newer cell than the one that is prepared are out of order', async () => {
    const f = new Fixture();
    await f.running(1);
    assert.equal(await f.order(CONNECT, 2), 'out_of_order');
  });

  test('a newer cell ends an older one that still runs', async () => {
    const f = new Fixture();
    await f.running(1);
    assert.ok('cellHash' in ((await f.order(prepareOf(), 2)) as object));
    assert.deepEqual(
      f.told.map((told) => told.split(' ')[0]),
      ['prepare', 'connect', 'start', 'stop', 'prepare'],
    );
    assert.ok(!kinds(f.reports).includes('done'));
  });

  test('a question that comes again gets the answer that it got, and is followed once', async () => {
    const f = new Fixture();
    await f.order(LEASE);
    await f.order(reachOf());
    await f.order(prepareOf(), 1);
    const body = { run: RUN, epoch: 1, order: CONNECT };
    const subject = orderSubject(FLEET, 'a1-00000001');
    for (let i = 0; i < 3; i++) assert.equal(await f.ask(subject, 'same', 'connect', body), 'ok');
    assert.equal(f.told.filter((told) => told.startsWith('connect')).length, 1);
    await f.pass(1);
    assert.equal(kinds(f.reports).filter((kind) => kind === 'connected').length, 1);
  });
});

describe('a cell', () => {
  test('runs the workers of the order, over the way that the agent found, and its hash is of what was decoded', async () => {
    const f = new Fixture();
    await f.order(LEASE);
    const reached = (await f.order(reachOf())) as Reached;
    assert.deepEqual(reached.addresses, ['10.0.0.7']);
    const prepared = (await f.order(prepareOf(), 1)) as Prepared;
    assert.equal(prepared.cellHash, cellHash(cellWith()));
    const [threads] = f.threads;
    assert.deepEqual(
      threads!.shards.map(({ worker, workers }) => [worker, workers]),
      [
        [2, 6],
        [3, 6],
      ],
    );
    const { endpoint } = threads!.shards[0]!;
    assert.equal(endpoint.address, '10.0.0.7');
    assert.equal(endpoint.addresses, undefined, 'not those of the order');
    assert.deepEqual(endpoint.localAddresses, ['10.0.0.2']);
  });

  test('tells what is open, its workers in one line a second, and at the end what became of them and the machine', async () => {
    const f = new Fixture();
    const threads = await f.running();
    await f.pass(1);
    assert.deepEqual(f.reports, [{ kind: 'connected', call: 0, open: 10 }]);
    threads.write(lineOf(2, 0, { open: 3, openMin: 3 }));
    await f.pass(200);
    assert.equal(f.reports.length, 1, 'the other worker has not written');
    threads.write(lineOf(3, 0, { open: 4, openMin: 4 }));
    await f.pass(1);
    const told = () => sentLines(f.reports).map(({ workers, line, second, open }) => [workers, line, second, open]);
    assert.deepEqual(told(), [[[2, 4], 0, 0, 7]]);
    await f.order({ kind: 'beat' });
    await f.pass(2500);
    threads.write(lineOf(2, 1, { open: 2, openMin: 2 }));
    await f.pass(299);
    assert.equal(told().length, 1);
    await f.pass(2);
    assert.deepEqual(told().at(-1), [[2, 4], 1, 1, 6], 'nobody waits longer for a worker that is late');
    threads.write(lineOf(3, 1, { open: 1, openMin: 1 }));
    threads.end();
    await f.pass(1);
    assert.deepEqual(told().at(-1), [[2, 4], 2, 1, 3]);
    assert.deepEqual(kinds(f.reports), ['connected', 'lines', 'lines', 'lines', 'done']);
    const done = f.reports.at(-1)!;
    assert.ok(done.kind === 'done');
    assert.equal(done.reports, 3);
    assert.equal(done.end.written.lines, 3);
    assert.deepEqual(
      done.end.results.map(({ worker, status }) => [worker, status]),
      [
        [2, 'done'],
        [3, 'done'],
      ],
    );
    assert.deepEqual(done.end.seconds.open, { sums: [7, 3], silent: [] }, 'as if no line had been late');
    assert.deepEqual(done.bus, { reconnects: 0, sent: 4, repeated: 0 });
    assert.equal(Math.round(done.host.cpuPercent!), 50);
  });

  test('its machine is looked at from the start of the measured time to its end', async () => {
    const f = new Fixture();
    await f.order(LEASE);
    await f.order(reachOf());
    await f.order(prepareOf(), 1);
    await f.order(CONNECT, 1);
    const looks: number[] = [];
    const { sample } = f.host;
    f.host.sample = () => {
      looks.push(Math.round(f.time.nowUs / 1000));
      return sample();
    };
    await f.order({ kind: 'start', t0Us: f.time.nowUs + 500_000 }, 1);
    const startMs = Math.round(f.time.nowUs / 1000);
    for (let i = 0; i < 6; i++) {
      await f.pass(1000);
      await f.order({ kind: 'beat' });
      if (i === 2) await f.order({ kind: 'extend', durationMs: 3000 }, 1);
    }
    assert.deepEqual(
      looks.map((at) => at - startMs),
      [1500, 4500],
    );
  });

  test('lines that are not answered are kept and told again, at most four reports of them at a time', async () => {
    const f = new Fixture();
    const threads = await f.running();
    await f.pass(1);
    f.agentBus.cut(8000);
    for (let second = 0; second < 7; second++) {
      threads.write(line(second));
      await f.pass(1000);
    }
    const asked = new Set(
      f.broker.asked.flatMap(({ headers }) => (headers['kind'] === 'lines' ? [headers['id']] : [])),
    );
    assert.ok(asked.size <= 4, `${asked.size}`);
    await f.pass(1100);
    await f.order({ kind: 'beat' });
    await f.pass(4000);
    assert.deepEqual(
      sentLines(f.reports)
        .map(({ line }) => line)
        .sort(),
      [0, 1, 2, 3, 4, 5, 6],
    );
    threads.end();
    await f.pass(1);
    const done = f.reports.at(-1)!;
    assert.ok(done.kind === 'done');
    const { sent, repeated } = done.bus;
    assert.equal(sent, kinds(f.reports).length - 1, 'all before this one');
    assert.ok(repeated >= 4, `${repeated}: each of the four had to be told again`);
  });

  test("its workers' lines are kept as they came, and the file of the run ends with the lease", async () => {
    const f = new Fixture();
    const threads = await f.running();
    const lines = [lineOf(2, 0, { open: 3 }), lineOf(3, 0, { open: 4 }), lineOf(2, 1)];
    for (const line of lines) threads.write(line);
    const kept = lines.map((line) => [RUN, line] as const);
    assert.deepEqual(f.kept, kept);
    threads.end();
    await f.pass(1);
    await f.order({ kind: 'release' });
    await f.pass(1);
    assert.deepEqual(f.kept, [...kept, [RUN, 'closed']]);
  });

  test('ends at once when the coordinator no longer knows it', async () => {
    const f = new Fixture();
    const threads = await f.running();
    f.answer = () => 'gone';
    threads.write(line(2));
    await f.pass(1100);
    assert.match(f.told.at(-1)!, /^stop /);
    assert.ok(!kinds(f.reports).includes('done'));
    assert.equal((await f.info()).state.kind, 'busy', 'it has another cell, perhaps');
  });

  test('the order stop is passed on, and what became of the load is told', async () => {
    const f = new Fixture();
    await f.running();
    await f.order({ kind: 'stop', deadlineMs: 77 }, 1);
    await f.pass(1);
    assert.equal(f.told.at(-1), 'stop 77');
    assert.equal(kinds(f.reports).at(-1), 'done');
  });

  test('every report arrives once over a bus that loses, doubles and delays', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const trouble = { lost: 0.15, doubled: 0.2, delayMs: 200, cutMs: 0 };
      const f = new Fixture({ seed, trouble });
      const threads = await f.running();
      for (let second = 0; second < 8; second++) {
        threads.write(line(second));
        await f.pass(1000);
        await f.order({ kind: 'beat' });
      }
      threads.end();
      for (let i = 0; i < 30 && kinds(f.reports).at(-1) !== 'done'; i++) {
        await f.pass(500);
        await f.order({ kind: 'beat' });
      }
      const told = sentLines(f.reports).map(({ line }) => line);
      assert.deepEqual([...told].sort(), [0, 1, 2, 3, 4, 5, 6, 7], `seed ${seed}`);
      const done = f.reports.at(-1)!;
      assert.ok(done.kind === 'done' && done.reports === kinds(f.reports).filter((kind) => kind === 'lines').length);
    }
  });
});

describe('an agent that is told to leave', () => {
  test('says so, ends its load, tells what became of it, and answers no more', async () => {
    const f = new Fixture();
    const threads = await f.running();
    threads.write(line(2));
    await f.time.until(f.agent.leave('told to end'));
    assert.deepEqual(new Set(kinds(f.reports)), new Set(['connected', 'leaving', 'lines', 'done']));
    assert.match(f.told.at(-1)!, /^stop .* leaving$/);
    assert.ok(threads.isDisposed);
    assert.equal(f.broker.listeners.get(orderSubject(FLEET, 'a1-00000001'))?.size, 0);
  });

  test('ends a load that has not begun', async () => {
    const f = new Fixture();
    await f.order(LEASE);
    await f.order(reachOf());
    await f.order(prepareOf(), 1);
    await f.time.until(f.agent.leave('told to end'));
    const names = f.told.map((told) => told.split(' ')[0]);
    assert.deepEqual(names, ['prepare', 'connect', 'stop', 'start']);
  });

  test('takes no further cell and no further run while its load drains', async () => {
    const f = new Fixture();
    const threads = await f.running();
    const { end } = threads;
    threads.end = () => {};
    const left = f.agent.leave('told to end');
    await f.pass(1);
    assert.equal(await f.order(prepareOf(), 2), 'leaving');
    assert.equal(await f.order(START, 1), 'ok', 'the coordinator hears of it by the report');
    end();
    await f.time.until(left);
    const none = new Fixture();
    await none.time.until(none.agent.leave('told to end'));
    assert.equal(none.events.length, 0);
  });

  test('waits for no coordinator that is gone', async () => {
    const f = new Fixture();
    await f.running();
    await f.bus.close();
    await f.time.until(f.agent.leave('told to end'));
    assert.ok(f.time.nowUs < 15_000_000);
  });
});
