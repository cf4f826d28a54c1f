/** Questions and answers over a bus that loses, doubles, delays, reorders and cuts; and every limit by itself. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { USUAL_MEMORY } from '../../src/bus/answer-book.js';
import { BusError, type BusMessage } from '../../src/bus/bus.js';
import { decodeBody } from '../../src/bus/codec.js';
import { sentMessage } from '../../src/bus/envelope.js';
import { type Answered, answerEach, ask, askAll, type Patience, type Question } from '../../src/bus/exchange.js';
import { outlineOf } from '../../src/bus/parts.js';
import { usageError } from '../../src/errors.js';
import { Rng } from '../../src/stats/rng.js';
import { tries } from '../share.js';
import { InventedTime, MemoryBroker, NO_TROUBLE, type Trouble } from './memory-bus.js';

const SUBJECT = 'a.subject';
const PATIENCE: Patience = { timeoutMs: 2000, overallMs: 60_000 };
/** So long that even a body of many parts comes through nearly every trouble. */
const LONG: Patience = { timeoutMs: 2000, overallMs: 300_000 };
/** Small, so that a body of a few ten thousand bytes is a large one. */
const SMALL_MESSAGES = 16 * 1024;

/** Text that hardly deflates. */
function noise(length: number, seed: number): string {
  const rng = new Rng(seed);
  return Buffer.from(Array.from({ length: length / 2 }, () => rng.below(256))).toString('hex');
}

function world(seed = 1, trouble: Partial<Trouble> = {}, maxPayloadBytes = SMALL_MESSAGES) {
  const time = new InventedTime();
  const broker = new MemoryBroker(time, seed, { ...NO_TROUBLE, ...trouble }, maxPayloadBytes);
  const [asker, answerer] = [broker.connect(), broker.connect()];
  const clock = time.clock();
  return {
    time,
    broker,
    asker,
    answerer,
    put: (question: Question, patience = PATIENCE, signal?: AbortSignal): Promise<Answered> =>
      ask(asker, SUBJECT, question, patience, signal, clock),
    answer: (handle: (question: Question) => unknown, memory = USUAL_MEMORY) =>
      answerEach(answerer, SUBJECT, handle, clock, memory),
  };
}

const question = (id: string, body: unknown = null): Question => ({ id, kind: 'test', body });

const isBusError = (code: string) => (error: unknown) => error instanceof BusError && error.code === code;

/** What an asker is told as an error. */
function told(value: unknown): { readonly code: string; readonly message: string; readonly next: string | null } {
  assert.ok(typeof value === 'object' && value !== null && 'error' in value, JSON.stringify(value));
  return value.error as { code: string; message: string; next: string | null };
}

describe('questions over a bus with trouble', () => {
  const troubles = fc.record({
    lost: fc.double({ min: 0, max: 0.5, noNaN: true }),
    doubled: fc.double({ min: 0, max: 1, noNaN: true }),
    delayMs: fc.integer({ min: 0, max: 1500 }),
    cutMs: fc.constantFrom(0, 0, 0, 5000),
  });
  const asked = fc.array(
    fc.record({
      characters: fc.constantFrom(2, 200, 20_000, 80_000),
      answer: fc.constantFrom(2, 200, 20_000, 80_000),
      workMs: fc.constantFrom(0, 0, 500, 5000),
      throws: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  );

  it('are handled once each and answered as they were asked, or given up with a BusError', async () => {
    let [answered, givenUp] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.integer(), troubles, asked, async (seed, trouble, questions) => {
        const { time, asker, answerer, put, answer } = world(seed, trouble);
        const handled = questions.map(() => 0);
        answer(async ({ id, body }) => {
          const { characters, answer: length, workMs, throws } = questions[Number(id)]!;
          handled[Number(id)]!++;
          assert.equal(body, noise(characters, Number(id)));
          if (workMs > 0) await new Promise<void>((resolve) => time.after(workMs, resolve));
          if (throws) throw usageError('no', 'it was refused', 'ask another');
          return noise(length, -1 - Number(id));
        });
        const ends = [asker.cutAtTimes(), answerer.cutAtTimes()];
        const asking = questions.map(({ characters }, id) => put(question(String(id), noise(characters, id)), LONG));
        const outcomes = await time.until(Promise.allSettled(asking));
        for (const end of ends) end();
        for (const [id, outcome] of outcomes.entries()) {
          if (outcome.status === 'rejected') {
            givenUp++;
            assert.ok(outcome.reason instanceof BusError, String(outcome.reason));
            assert.ok(handled[id]! <= 1);
            continue;
          }
          answered++;
          assert.equal(handled[id], 1);
          const { throws, answer: length } = questions[id]!;
          const refusal = { error: { code: 'no', message: 'it was refused', next: 'ask another', exit: 104 } };
          assert.deepEqual(outcome.value.value, throws ? refusal : noise(length, -1 - id));
        }
      }),
      { numRuns: tries({ whole: 500, share: 60 }) },
    );
    // Else the trouble is so great that nothing is tested.
    assert.ok(answered > givenUp, `${answered} answered, ${givenUp} given up`);
  });

  it('have stamps that hold the true offset of the two clocks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), troubles, fc.integer({ min: -1e12, max: 1e12 }), async (seed, trouble, offset) => {
        const { time, asker, answerer } = world(seed, trouble);
        answerEach(answerer, SUBJECT, () => 'yes', time.clock(offset));
        const asking = ask(asker, SUBJECT, question('1'), PATIENCE, undefined, time.clock());
        const [outcome] = await time.until(Promise.allSettled([asking]));
        if (outcome.status === 'rejected') return;
        const { askedUs, receivedUs, answeredUs, gotUs } = outcome.value.stamps;
        assert.ok(askedUs <= gotUs && receivedUs <= answeredUs);
        const measured = (receivedUs - askedUs + (answeredUs - gotUs)) / 2;
        const error = (gotUs - askedUs - (answeredUs - receivedUs)) / 2;
        assert.ok(Math.abs(measured - offset) <= error + 0.01, `${measured} for ${offset}, error ${error}`);
      }),
      { numRuns: tries({ whole: 500, share: 60 }) },
    );
  });

  it('come to the same end from the same seed', async () => {
    const run = async (): Promise<unknown> => {
      const { time, broker, put, answer } = world(7, { lost: 0.4, doubled: 0.4, delayMs: 900 });
      answer(({ body }) => body);
      const outcome = await time.until(Promise.all([put(question('1', noise(60_000, 1))), put(question('2', 2))]));
      return [outcome, broker.asked, time.nowUs];
    };
    assert.deepEqual(await run(), await run());
  });
});

describe('a question', () => {
  it('is repeated after 0.25, 0.5, 1, 2, 2 s while nobody listens, until the patience is over', async () => {
    const { time, broker, put } = world();
    const asking = put(question('1'), { timeoutMs: 2000, overallMs: 10_000 });
    await assert.rejects(time.until(asking), isBusError('nobody'));
    assert.deepEqual(
      broker.asked.map(({ atUs }) => atUs / 1000),
      [0, 250, 750, 1750, 3750, 5750, 7750, 9750],
    );
    assert.equal(time.nowUs, 10_000_000);
  });

  it('waits for one answer as long as it was told, and no longer than in all', async () => {
    const { time, broker, put, answer } = world(1, { lost: 1 });
    answer(() => 'never heard');
    await assert.rejects(time.until(put(question('1'), { timeoutMs: 2000, overallMs: 5000 })), isBusError('silence'));
    assert.deepEqual(
      broker.asked.map(({ atUs }) => atUs / 1000),
      [0, 2250, 4750],
    );
    assert.equal(time.nowUs, 5_000_000);
  });

  it('is answered by who comes later, and says how often it was sent', async () => {
    const { time, put, answer } = world();
    const asking = put(question('1'));
    time.after(1000, () => answer(() => 'here now'));
    const { value, tries: sent, stamps } = await time.until(asking);
    assert.deepEqual([value, sent, stamps.askedUs], ['here now', 4, 1_750_000]);
  });

  it('that is asked again while it is worked on waits for the same answer', async () => {
    const { time, put, answer } = world();
    let handled = 0;
    answer(async () => {
      handled++;
      await new Promise<void>((resolve) => time.after(7000, resolve));
      return handled;
    });
    const { value, tries: sent, stamps } = await time.until(put(question('1')));
    assert.deepEqual([value, handled], [1, 1]);
    // Sent at 0, 2.25, 4.75 s and, since the fourth is on its way when the work ends, at 7.75 s.
    assert.deepEqual([sent, stamps.askedUs, stamps.receivedUs], [4, 7_750_000, 7_750_000]);
  });

  it('has the stamps of when it was received and when it was answered', async () => {
    const { time, asker, answerer } = world();
    answerEach(answerer, SUBJECT, () => new Promise<void>((resolve) => time.after(700, resolve)), time.clock(5000));
    const { stamps } = await time.until(ask(asker, SUBJECT, question('1'), PATIENCE, undefined, time.clock()));
    assert.deepEqual(stamps, { askedUs: 0, receivedUs: 5000, answeredUs: 705_000, gotUs: 700_000 });
  });

  it('is given up at once where the signal aborts, before or while it is asked', async () => {
    const { time, broker, put, answer } = world(1, { delayMs: 1000 });
    answer(() => 'too late');
    await assert.rejects(time.until(put(question('1'), PATIENCE, AbortSignal.abort())), isBusError('silence'));
    assert.equal(broker.asked.length, 0);
    const abort = new AbortController();
    const asking = put(question('2'), PATIENCE, abort.signal);
    abort.abort();
    await assert.rejects(time.until(asking), isBusError('silence'));
    assert.equal(time.nowUs, 0);
    const pausing = new AbortController();
    const { put: putToNobody, time: other } = world();
    other.after(100, () => pausing.abort());
    await assert.rejects(other.until(putToNobody(question('3'), PATIENCE, pausing.signal)), isBusError('nobody'));
    assert.equal(other.nowUs, 100_000);
  });

  it('is given up at once where the bus is closed', async () => {
    const { time, asker, put } = world();
    await asker.close();
    await assert.rejects(time.until(put(question('1'))), isBusError('closed'));
    assert.equal(time.nowUs, 0);
  });

  it('that is too large for the bus is not sent', async () => {
    const { time, broker, put } = world();
    const asking = put(question('1', 'x'.repeat(65 * 1024 * 1024)));
    await assert.rejects(time.until(asking), { code: 'bus_body_too_large', exitCode: 104 });
    assert.equal(broker.asked.length, 0);
  });

  it('is not taken for answered by what is no answer', async () => {
    const { time, answerer, put } = world();
    const foreign: BusMessage[] = [
      { headers: {}, body: new Uint8Array(0) },
      { headers: { form: 'answer', received: 'x', answered: '1' }, body: new Uint8Array(0) },
      { headers: { form: 'answer', received: '1', answered: '1' }, body: new Uint8Array(0) },
      { headers: { form: 'taken', received: '1', answered: '1' }, body: new Uint8Array(0) },
      { headers: { form: 'missing', received: '1', answered: '1' }, body: new Uint8Array(0) },
      { headers: { form: 'outline', received: '1', answered: '1', bytes: '1e12' }, body: new Uint8Array(0) },
    ];
    for (const message of foreign) {
      const end = answerer.answer(SUBJECT, () => message);
      const asking = put(question('1'));
      await assert.rejects(time.until(asking), { code: 'bus_answer_unreadable' }, JSON.stringify(message.headers));
      end();
    }
  });
});

describe('an answer', () => {
  it('to a repeated question is the one that was given', async () => {
    const { time, put, answer } = world();
    let handled = 0;
    answer(() => ++handled);
    const values = [];
    for (let turn = 0; turn < 3; turn++) values.push((await time.until(put(question('same')))).value);
    assert.deepEqual(values, [1, 1, 1]);
  });

  it('of a handler that throws says what, and is remembered, too', async () => {
    const { time, put, answer } = world();
    let handled = 0;
    answer(() => {
      handled++;
      if (handled === 1) throw usageError('taken', 'it is taken', 'wait');
      throw new TypeError('a mistake');
    });
    for (const _ of [1, 2]) {
      const { value } = await time.until(put(question('1')));
      assert.deepEqual(told(value), { code: 'taken', message: 'it is taken', next: 'wait', exit: 104 });
    }
    const { value } = await time.until(put(question('2')));
    assert.deepEqual(told(value), { code: 'internal', message: 'a mistake', next: null, exit: 1 });
  });

  it('that cannot be written as JSON is an error, not silence', async () => {
    const { time, put, answer } = world();
    answer(() => ({ big: 1n }));
    assert.equal(told((await time.until(put(question('1')))).value).code, 'internal');
  });

  it('that was dropped to save memory is told to be forgotten, and not made again', async () => {
    const { time, put, answer } = world();
    let handled = 0;
    const memory = { done: 10, running: 10, bytes: 60_000 };
    answer(({ id }) => {
      handled++;
      return noise(40_000, Number(id));
    }, memory);
    for (const id of ['1', '2', '3']) await time.until(put(question(id)));
    const { value } = await time.until(put(question('1')));
    assert.equal(told(value).code, 'answer_forgotten');
    assert.equal((await time.until(put(question('3')))).value, noise(40_000, 3));
    assert.equal(handled, 3);
  });

  it('is refused while too many are worked on, and given once there is room', async () => {
    const { time, put, answer } = world();
    const waiting: (() => void)[] = [];
    answer(({ id }) => new Promise((resolve) => waiting.push(() => resolve(id))), { ...USUAL_MEMORY, running: 1 });
    const first = put(question('1'));
    const { value } = await time.until(put(question('2')));
    assert.equal(told(value).code, 'bus_busy');
    waiting[0]!();
    assert.equal((await time.until(first)).value, '1');
    const again = put(question('2'));
    time.after(10, () => waiting[1]!());
    assert.equal((await time.until(again)).value, '2');
  });

  it('ends with who gave it', async () => {
    const { time, put, answer } = world();
    answer(() => 1)();
    await assert.rejects(time.until(put(question('1'), { timeoutMs: 100, overallMs: 100 })), isBusError('nobody'));
  });
});

describe('what is no question', () => {
  const refusal = async (message: BusMessage): Promise<string> => {
    const { time, asker, answer } = world();
    let handled = 0;
    answer(() => ++handled);
    const { body } = await time.until(asker.request(SUBJECT, message, 1000));
    assert.equal(handled, 0);
    const { code, message: text } = told(decodeBody(body));
    assert.equal(code, 'bus_question_refused');
    return text;
  };
  const body = new Uint8Array(1000).fill(7);
  const outline = outlineOf(body, 600);

  it('is refused with the reason', async () => {
    assert.match(await refusal({ headers: {}, body }), /headers/);
    assert.match(await refusal(sentMessage({ form: 'whole', id: 'a b', kind: 'test', body })), /headers/);
    assert.match(await refusal(sentMessage({ form: 'whole', id: '1', kind: '', body })), /headers/);
    assert.match(await refusal(sentMessage({ form: 'whole', id: '1', kind: 'test', body })), /not deflated/);
    const huge = { ...outline, bytes: 1e12 };
    assert.match(await refusal(sentMessage({ form: 'gathered', id: '1', kind: 'test', outline: huge })), /more than/);
    assert.match(await refusal(sentMessage({ form: 'part', outline: huge, index: 0, body })), /more than/);
    assert.match(await refusal(sentMessage({ form: 'part', outline, index: 2, body })), /that part does not belong/);
    assert.match(await refusal(sentMessage({ form: 'fetch', id: 'x', index: 0 })), /nothing is known/);
  });

  it('has a torn part: the body is refused, and can be sent anew', async () => {
    const { time, asker, put, answer } = world();
    const large = noise(40_000, 5);
    let handled = 0;
    answer(({ body: got }) => {
      handled++;
      return got === large;
    });
    const sent = asker.request.bind(asker);
    asker.request = (subject, message, timeoutMs) => {
      const torn = Uint8Array.from(message.body);
      if (message.headers['form'] === 'part' && message.headers['index'] === '1') torn[9]! ^= 1;
      return sent(subject, { ...message, body: torn }, timeoutMs);
    };
    assert.match(told((await time.until(put(question('1', large)))).value).message, /another one than announced/);
    assert.equal(handled, 0);
    asker.request = sent;
    assert.deepEqual([(await time.until(put(question('1', large)))).value, handled], [true, 1]);
  });

  it('is an answer with a torn part: the asker refuses it', async () => {
    const { time, asker, put, answer } = world();
    answer(() => noise(40_000, 5));
    const sent = asker.request.bind(asker);
    asker.request = async (subject, message, timeoutMs) => {
      const got = await sent(subject, message, timeoutMs);
      if (message.headers['form'] === 'fetch') got.body[9]! ^= 1;
      return got;
    };
    await assert.rejects(time.until(put(question('1'))), { code: 'bus_answer_unreadable', message: /SHA-256/ });
  });
});

describe('a question to all', () => {
  it('has the answers of all who listen, without those that cannot be read', async () => {
    const { time, broker, asker } = world();
    for (const name of ['a', 'b', 'c']) answerEach(broker.connect(), SUBJECT, () => name, time.clock());
    broker.connect().answer(SUBJECT, () => ({ headers: {}, body: new Uint8Array(3) }));
    const asking = askAll(asker, SUBJECT, question('1'), 500);
    assert.deepEqual([...(await time.until(asking))].sort(), ['a', 'b', 'c']);
  });

  it('has none where nobody listens', async () => {
    const { time, asker } = world();
    assert.deepEqual(await time.until(askAll(asker, SUBJECT, question('1'), 500)), []);
  });
});
