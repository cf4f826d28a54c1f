/** A coordinator that a test plays, and that sends an agent what it likes. */
import assert from 'node:assert/strict';
import { constants, deflateRawSync } from 'node:zlib';
import type { BusMessage } from '../../src/bus/bus.js';
import { decodeBody, encodeBody } from '../../src/bus/codec.js';
import { orderSubject } from '../../src/fleet/orders.js';
import { Fixture, type FixtureOptions, FLEET, LEASE, prepareOf, RUN, reachOf } from './agent-fixture.js';

export const SUBJECT = orderSubject(FLEET, 'a1-00000001');
/** Stands in every hostile order that has a place for it. */
export const SECRET = 'Qx7vKp2m-s3cret';

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly next: string | null;
}

/** Sends a message as it is; the code of the refusal, or `ok`. */
export async function send(f: Fixture, headers: BusMessage['headers'], body: Uint8Array): Promise<string> {
  const reply = await f.time.until(f.bus.request(SUBJECT, { headers, body }, 60_000));
  if (reply.headers['form'] === 'taken' || reply.headers['form'] === 'missing') return reply.headers['form'];
  return judged(decodeBody(reply.body));
}

function judged(answer: unknown): string {
  const { error } = answer as { error?: Refusal };
  if (error === undefined) return 'ok';
  assertSentence(error);
  return error.code;
}

/** It says what is wrong in words, and nothing of what the order held. */
function assertSentence({ code, message, next }: Refusal): void {
  assert.notEqual(code, 'internal', message);
  assert.match(message, /^\S+( \S+){3,}$/, message);
  assert.doesNotMatch(message, /\b(TypeError|RangeError|undefined|NaN|null)\b|\[object|Cannot read|is not a function/);
  assert.ok(!`${message} ${next}`.includes(SECRET), `${message} ${next}`);
}

let questions = 0;
/** Sends a body of any kind as an order. */
export function sendBody(f: Fixture, body: unknown): Promise<string> {
  return send(f, { form: 'whole', id: `h-${questions++}`, kind: 'prepare' }, encodeBody(body));
}

/** The text is JSON that JSON.stringify would not write. */
export function sendText(f: Fixture, text: string): Promise<string> {
  const body = deflateRawSync(text, { level: constants.Z_BEST_SPEED });
  return send(f, { form: 'whole', id: `h-${questions++}`, kind: 'prepare' }, body);
}

export const sendOrder = (f: Fixture, order: unknown, epoch: unknown = 1) => sendBody(f, { run: RUN, epoch, order });

/** Up to where a cell may be prepared. */
export async function reached(options: FixtureOptions = {}): Promise<Fixture> {
  const f = new Fixture(options);
  assert.equal(await f.order(LEASE), 'ok');
  assert.equal(typeof (await f.order(reachOf())), 'object');
  return f;
}

/** Nothing has happened, and a whole cell goes through. */
export async function assertAsBefore(f: Fixture, epoch = 1): Promise<void> {
  assert.equal((await f.info()).state.kind, 'busy');
  assert.deepEqual(f.told, []);
  assert.ok('cellHash' in ((await f.order(prepareOf(), epoch)) as object));
  const nowUs = f.time.nowUs;
  assert.equal(await f.order({ kind: 'connect', atUs: nowUs + 1000 }, epoch), 'ok');
  assert.equal(await f.order({ kind: 'start', t0Us: nowUs + 2000 }, epoch), 'ok');
  f.threads.at(-1)!.end();
  await f.pass(1);
  assert.equal(f.reports.at(-1)!.kind, 'done');
}
