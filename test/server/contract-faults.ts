import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TruthEntry, TruthMessage } from '../../src/server/faults/truth-entry.js';
import type { EngineName, ServerOptions } from '../../src/server/options.js';
import type { RunningServer } from '../../src/server/server.js';
import { CERTIFICATE, KEY, writeFiles } from './certificate.js';
import { Client, eventually, RawClient, refusedWith, within } from './client.js';
import { serving } from './serving.js';

/** Every fault over real sockets: what it promises, and a log that agrees exactly with what clients saw. */
export function faultContract(engine: EngineName): void {
  const faulty = (faults: string, use: (server: RunningServer, log: Log) => Promise<void>, more: ServerOptions = {}) =>
    withLog(engine, { faults, ...more }, use);

  test('null: every message comes back, and is in the log once, in order', async () => {
    await faulty('null', async (server, log) => {
      const clients = [await Client.open(server.url), await Client.open(server.url)];
      for (let i = 0; i < 100; i++) for (const client of clients) client.send(numbered(i));
      for (const client of clients) assert.deepEqual(await sequencesOf(client, 100), range(100));
      for (const connection of [0, 1]) {
        const mine = log.messages().filter((entry) => entry.connection === connection);
        assert.deepEqual(
          mine.map(({ ordinal, sequence, did, to }) => [ordinal, sequence, did, to]),
          range(100).map((i) => [i, FIRST + i, 'echo', connection]),
        );
        for (const { inUs, outUs } of mine) assert.ok(outUs! >= inUs);
      }
    });
  });

  test('what is no echo has no entry, but counts as a message of its connection', async () => {
    await faulty('drop:100%', async (server, log) => {
      const client = await Client.open(server.url);
      assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' });
      client.send(numbered(0));
      assert.equal((await client.ask({ type: 'dance' }))['code'], 'unknown_type');
      assert.deepEqual(
        log.messages().map(({ ordinal, did, outUs }) => [ordinal, did, outUs]),
        [[1, 'dropped', null]],
      );
    });
  });

  test('drop, duplicate, swap, alter, misdeliver: the log says exactly what clients got', async () => {
    const shares = 'drop:5%,duplicate:5%,swap:5%,alter:5%,misdeliver:5%';
    await faulty(shares, async (server, log) => {
      const clients = [await Client.open(server.url), await Client.open(server.url), await Client.open(server.url)];
      const count = 300;
      clients.forEach((client, connection) => {
        for (let i = 0; i < count; i++) client.send(numbered(1000 * connection + i));
      });
      await eventually(() => log.messages().length === count * clients.length, 'every message to have its end');
      // Whatever was sent before the pong has come before it.
      for (const client of clients) {
        client.send({ type: 'ping' });
        await eventually(() => client.received.some(({ data }) => data.equals(PONG)), 'the pong');
      }
      const fates = new Set(log.messages().map(({ did }) => did));
      assert.deepEqual([...fates].sort(), ['altered', 'dropped', 'duplicated', 'echo', 'misdelivered', 'swapped']);
      clients.forEach(({ received }, connection) => {
        const got = received.map(({ data }) => seen(data)).filter((text) => text !== null);
        assert.deepEqual(got, expectedBy(log.messages(), connection));
      });
    });
  });

  test('delay: no reply leaves early, and the same seed gives the same log', async () => {
    const runs: string[][] = [];
    for (const seed of [1, 1, 2]) {
      await faulty(
        'delay:bimodal(0ms,40ms,30%),drop:20%',
        async (server, log) => {
          const client = await Client.open(server.url);
          for (let i = 0; i < 60; i++) client.send(numbered(i));
          await eventually(() => log.messages().length === 60, 'every message to have its end');
          const took = log.messages().map(({ sequence, did, inUs, outUs }) => {
            const isSlow = outUs !== null && outUs - inUs >= 40_000;
            return `${sequence} ${did} ${outUs !== null && isSlow ? 'slow' : 'fast'}`;
          });
          runs.push(took.sort());
        },
        { seed },
      );
    }
    assert.ok(runs[0]!.some((line) => line.endsWith('echo slow')));
    // A machine that stands still may make a fast reply slow, never the other way round.
    const did = (run: string[]) => run.map((line) => line.replace(/ \w+$/, ''));
    assert.deepEqual(did(runs[1]!), did(runs[0]!));
    assert.notDeepEqual(did(runs[2]!), did(runs[0]!));
  });

  test('queue: one message after the other, in the order they came, over all connections', async () => {
    await faulty('queue:5ms', async (server, log) => {
      const clients = [await Client.open(server.url), await Client.open(server.url)];
      for (let i = 0; i < 5; i++) for (const client of clients) client.send(numbered(i));
      for (const client of clients) assert.deepEqual(await sequencesOf(client, 5), range(5));
      const out = log.messages();
      const came = [...out].sort((a, b) => a.inUs - b.inUs);
      assert.deepEqual(out, came);
      out.forEach(({ inUs, outUs }, place) => {
        assert.ok(outUs! - inUs >= 5000);
        // Each was done when the one before was, and 5 ms of its own; the log has microseconds with fractions.
        assert.ok(outUs! >= out[0]!.inUs + (place + 1) * 5000 - 1);
      });
    });
  });

  test('stall: nothing is answered in it, and what waited leaves after it in the order it came', async () => {
    await faulty('stall:60ms/100ms', async (server, log) => {
      const client = await Client.open(server.url);
      let sent = 0;
      const { startUs } = log.start();
      const sending = setInterval(() => client.send(numbered(sent++)), 3);
      await eventually(() => log.messages().length >= 80, '80 replies');
      clearInterval(sending);
      await eventually(() => log.messages().length === sent, 'the rest');
      assert.deepEqual(await sequencesOf(client, sent), range(sent), 'none was overtaken');
      const phase = (us: number) => ((us - startUs) % 100_000) / 1000;
      const waited = log.messages().filter(({ inUs }) => phase(inUs) >= 40);
      assert.ok(waited.length > 0);
      for (const { inUs, outUs } of waited) assert.ok(outUs! >= inUs + 1000 * (100 - phase(inUs)) - 1);
    });
  });

  test('stall: what is no echo waits too, and so does a delayed reply', async () => {
    await faulty('stall:90ms/100ms,delay:5ms', async (server, log) => {
      const client = await Client.open(server.url);
      for (let i = 0; i < 6; i++) {
        assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' });
        await client.ask(numbered(i));
      }
      const { startUs } = log.start();
      for (const { inUs, outUs } of log.messages()) {
        const dueUs = inUs + 5000;
        const phaseUs = (dueUs - startUs) % 100_000;
        // One that is due in the stall leaves when it is over; fractions of a microsecond are rounded.
        if (phaseUs >= 10_000)
          assert.ok(outUs! >= dueUs + 100_000 - phaseUs - 1, `left ${outUs! - dueUs} us after it was due`);
      }
    });
  });

  for (const secure of [false, true]) {
    test(`handshake: the 101 leaves late${secure ? ', also with TLS' : ''}, and the log says when`, async (t) => {
      const files = writeFiles({ 'c.pem': CERTIFICATE, 'k.pem': KEY });
      t.after(files.remove);
      const tls = secure ? { certFile: files.path('c.pem'), keyFile: files.path('k.pem') } : {};
      await faulty(
        'handshake:80ms',
        async (server, log) => {
          const fromMs = performance.now();
          const client = await Client.open(server.url, { rejectUnauthorized: false });
          assert.ok(performance.now() - fromMs >= 80);
          assert.equal((await client.ask(numbered(1)))['sequence'], FIRST + 1);
          const opened = log.entries.filter((entry) => entry.kind === 'open');
          assert.equal(opened.length, 1);
          assert.ok(opened[0]!.outUs - opened[0]!.inUs >= 80_000);
        },
        tls,
      );
    });
  }

  test('handshake: a client that leaves while it waits, and a server that stops, harm nobody', async () => {
    await faulty('handshake:300ms', async (server, log) => {
      const gone = new RawClient(server.port);
      const answer = gone.request();
      await eventually(() => gone.socket.bytesWritten > 0, 'the request to leave');
      gone.socket.destroy();
      answer.catch(() => undefined);
      const client = await Client.open(server.url);
      assert.equal((await client.ask(numbered(1)))['sequence'], FIRST + 1);
      const waiting = new RawClient(server.port);
      waiting.request().catch(() => undefined);
      await eventually(() => waiting.socket.bytesWritten > 0, 'the request to leave');
      await server.close();
      await within(waiting.closed, 'the waiting one to be let go');
      assert.equal(waiting.text.includes(' 101 '), false);
      assert.equal(log.entries.filter(({ kind }) => kind === 'open').length <= 2, true);
    });
  });

  test('refuse: by number with a status, the others serve; numbers and log agree', async () => {
    await faulty('refuse:418(1,3-4)', async (server, log) => {
      const statuses: (number | string)[] = [];
      for (let i = 0; i < 6; i++) {
        if ([1, 3, 4].includes(i)) statuses.push(await refusedWith(server.url));
        else statuses.push(await (await Client.open(server.url)).ask(numbered(i)).then(() => 'open'));
      }
      assert.deepEqual(statuses, ['open', 418, 'open', 418, 418, 'open']);
      const refused = log.entries.filter((entry) => entry.kind === 'refused');
      assert.deepEqual(
        refused.map(({ connection, how }) => [connection, how]),
        [
          [1, 418],
          [3, 418],
          [4, 418],
        ],
      );
      assert.deepEqual(
        log.messages().map(({ connection, sequence }) => [connection, sequence]),
        [0, 2, 5].map((i) => [i, FIRST + i]),
      );
    });
  });

  test('refuse: cut ends without a byte, hang never ends by itself', async () => {
    await faulty('refuse:cut', async (server) => {
      const raw = new RawClient(server.port);
      raw.request().catch(() => undefined);
      await within(raw.closed, 'the cut');
      assert.equal(raw.text, '');
    });
    await faulty('refuse:hang(1)', async (server) => {
      const first = await Client.open(server.url);
      const raw = new RawClient(server.port);
      raw.request().catch(() => undefined);
      await eventually(() => raw.socket.bytesWritten > 0, 'the request to leave');
      const third = await Client.open(server.url);
      for (const client of [first, third]) assert.equal((await client.ask(numbered(7)))['sequence'], FIRST + 7);
      assert.equal(raw.text, '');
      assert.equal(raw.socket.destroyed, false);
      await server.close();
      await within(raw.closed, 'the server to let it go');
    });
  });

  test('burn: each message costs processor time', async () => {
    await faulty('burn:10ms', async (server, log) => {
      const client = await Client.open(server.url);
      const before = process.cpuUsage();
      for (let i = 0; i < 10; i++) await client.ask(numbered(i));
      const { user, system } = process.cpuUsage(before);
      assert.ok(user + system >= 100_000, `${user + system} us`);
      for (const { inUs, outUs } of log.messages()) assert.ok(outUs! > inUs);
    });
  });

  test('truncate: long messages come back short, the others whole', async () => {
    await faulty('truncate:100B', async (server, log) => {
      const client = await Client.open(server.url);
      const [short, long] = [JSON.stringify(numbered(0)), JSON.stringify({ ...numbered(1), pad: 'x'.repeat(100) })];
      client.send(short);
      client.send(long);
      assert.equal(await client.nextText(), short);
      assert.equal(await client.nextText(), long.slice(0, 100));
      assert.deepEqual(
        log.messages().map(({ did }) => did),
        ['echo', 'altered'],
      );
    });
  });

  test('idle: a silent connection is cut, one that talks is not', async () => {
    await faulty('idle:2s', async (server) => {
      const [silent, busy] = [await Client.open(server.url), await Client.open(server.url)];
      let index = 0;
      while (silent.socket.readyState === silent.socket.OPEN) {
        await busy.ask(numbered(index++));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.equal((await within(silent.closed, 'the cut')).code, 1006);
      assert.equal(busy.socket.readyState, busy.socket.OPEN);
    });
  });

  test('what never left is in the log when the server has stopped', async () => {
    const log = new Log();
    await serving(engine, { faults: 'delay:10s,swap:50%', truthLog: log.sink }, async (server) => {
      const client = await Client.open(server.url);
      for (let i = 0; i < 20; i++) client.send(numbered(i));
      assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' });
    });
    assert.deepEqual(
      log.messages().map(({ sequence, did, outUs, to }) => [sequence, did, outUs, to]),
      range(20).map((i) => [FIRST + i, 'closed', null, null]),
    );
    assert.equal(log.entries.filter(({ kind }) => kind === 'close').length, 1);
  });
}

/** Reading one connection slowly is for the engine ws alone. */
export function slowReaderContract(): void {
  const faulty = (faults: string, use: (server: RunningServer, log: Log) => Promise<void>) =>
    withLog('ws', { faults }, use);

  test('slow reader: no more is read after that many messages, so that a sender is held up', async () => {
    await faulty('slow-reader:3', async (server) => {
      const client = await Client.open(server.url);
      for (let i = 0; i < 3; i++) await client.ask(numbered(i));
      const big = JSON.stringify({ ...numbered(3), content: 'x'.repeat(1024 * 1024) });
      for (let i = 0; i < 40; i++) client.send(big);
      const other = await Client.open(server.url);
      for (let i = 0; i < 2; i++) await other.ask(numbered(i));
      assert.ok(client.socket.bufferedAmount > 1024 * 1024, `${client.socket.bufferedAmount} bytes wait`);
      assert.equal(client.received.length, 0);
    });
  });

  test('slow reader: at a rate, messages are read no faster, and all in the end', async () => {
    await faulty('slow-reader:50/s', async (server, log) => {
      const client = await Client.open(server.url);
      // One at a time: what comes with one read is taken at once.
      for (let i = 0; i < 6; i++) await client.ask(numbered(i));
      const came = log.messages().map(({ inUs }) => inUs);
      came.slice(1).forEach((inUs, place) => {
        assert.ok(inUs - came[place]! >= 19_999, `${inUs - came[place]!} us apart`);
      });
    });
  });
}

const PONG = Buffer.from('{"type":"pong"}');
const FIRST = 1_000_000_000;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

function numbered(index: number) {
  return { type: 'message', sequence: FIRST + index, content: 'original' };
}

/** The next messages of a client, by their numbers from 0. */
async function sequencesOf(client: Client, count: number): Promise<number[]> {
  const numbers: number[] = [];
  for (let i = 0; i < count; i++) numbers.push(Number((await client.nextJson())['sequence']) - FIRST);
  return numbers;
}

/** What a client can tell of a reply; null for what is no echo. */
function seen(data: Buffer): string | null {
  const { type, sequence, content } = JSON.parse(data.toString()) as Record<string, unknown>;
  return type === 'message' ? `${sequence}${content === 'original' ? '' : ' altered'}` : null;
}

/** What a connection must have got by the log, in the order in which replies left. */
function expectedBy(log: readonly TruthMessage[], connection: number): string[] {
  return log
    .filter(({ to }) => to === connection)
    .flatMap(({ sequence, did }) => {
      if (did === 'duplicated') return [`${sequence}`, `${sequence}`];
      return [did === 'altered' ? `${sequence} altered` : `${sequence}`];
    });
}

class Log {
  readonly entries: TruthEntry[] = [];
  readonly sink = (entry: TruthEntry): void => void this.entries.push(entry);

  start() {
    const [first] = this.entries;
    if (first?.kind !== 'start') throw new Error('a log begins with its start');
    return first;
  }

  messages(): TruthMessage[] {
    return this.entries.filter((entry) => entry.kind === 'message');
  }
}

function withLog(
  engine: EngineName,
  options: ServerOptions,
  use: (server: RunningServer, log: Log) => Promise<void>,
): Promise<void> {
  const log = new Log();
  return serving(engine, { ...options, truthLog: log.sink }, (server) => use(server, log));
}
