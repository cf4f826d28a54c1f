import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failed, type Outcome, passed } from '../../../src/check/check.js';
import type { ScenarioResult } from '../../../src/check/runner.js';
import type { FoundPart } from '../../../src/documents/check-found.js';
import { type Cause, causesOf } from '../../../src/report/check/causes.js';
import { causeText } from '../../../src/report/check/words.js';

function causesIn(outcomes: Readonly<Record<string, Outcome>>, found: FoundPart | null = null): Cause[] {
  const checks = Object.entries(outcomes).map(([id, outcome]) => ({
    id,
    title: `title of ${id}`,
    tookMs: 1,
    ...outcome,
  }));
  const scenario: ScenarioResult = { number: 1, name: 'n', title: 'N', status: 'failed', tookMs: 1, checks };
  return causesOf({ scenarios: [scenario], load: null, ...(found === null ? {} : { found }) });
}

const listed = (causes: readonly Cause[]) => causes.map(({ what, checks }) => `${what}: ${checks.join(' ')}`);

describe('the causes behind failed checks', () => {
  it('makes one of all checks that fail because replies differ, whatever the words', () => {
    const causes = causesIn({
      '2.1': failed('67 bytes came back of 45: {"text":"hello, world"}'),
      '2.2': failed('byte 3 of 45 is 12, not 13; the connection no longer works: byte 1 of 12 is 3, not 4'),
      '3.1': failed('the content is not what was sent: {}'),
      '8.6': failed(
        'a client that did nothing wrong (1 of 3): the connection no longer works: 25 bytes came back of 10: x',
      ),
    });
    assert.deepEqual(listed(causes), ['Replies are not what was sent: 2.1 2.2 3.1 8.6']);
    assert.equal(causes[0]!.example, '67 bytes came back of 45: {"text":"hello, world"}');
    assert.match(
      causeText(causes[0]!),
      /^Replies are not what was sent \(2\.1, 2\.2, 3\.1, 8\.6\); seen: .*check\.envelope/,
    );
  });

  it('names the close of a server that takes no message, and what to say instead, though nothing failed', () => {
    const kind = { name: 'refuses', code: 4401, reason: 'auth first' } as const;
    const [cause, ...others] = causesIn({ '1.1': passed({}) }, { kind } as FoundPart);
    assert.deepEqual([cause!.kind, others], ['noticed', []]);
    assert.match(
      causeText(cause!),
      /on every message that was tried \(4401 "auth first"\).*Give a message .*check\.envelope/,
    );
  });

  it('says that others suffer where a client alone has no such trouble', () => {
    const causes = causesIn({
      '2.1': passed({}),
      '8.6': failed('a client that did nothing wrong (1 of 3): the connection is closed (1006)'),
    });
    assert.deepEqual(listed(causes), ['Trouble of one client reaches the others: 8.6']);
  });

  it('puts the most harmful first, and what hits more checks before what hits fewer', () => {
    const causes = causesIn({
      '1.7': failed('the status is 200'),
      '2.1': failed('nothing came within 10000 ms'),
      '5.6': failed('the server ended: it exited with code 1; a reserved opcode: the connection stays open'),
      '5.7': failed('half a character at the end: the connection stays open'),
      '7.1': failed('3 of 100 lost: 1, 2, 3'),
      'S.1': failed('not refused with 401: an open connection'),
      'S.5': failed('connection 2 heard "secret of connection 1"'),
    });
    assert.deepEqual(listed(causes), [
      'A client can end the server: 5.6',
      'Messages of one connection reach another: S.5',
      'Title of S.1: not refused with 401: an open connection: S.1',
      'Messages are lost, repeated or out of order: 7.1',
      'No answer comes: 2.1',
      'What breaks the protocol does not end the connection: 5.7',
      'Title of 1.7: the status is 200: 1.7',
    ]);
  });

  it('tells what is late from what is lost and what is not answered', () => {
    const causes = causesIn({
      '2.7': failed('3 of 100 late: 1, 2, 3'),
      '3.9': failed('they came at 50 a second, not 100'),
      '4.1': failed('replies stalled for 1200 ms'),
      '4.5': failed('2 of 20 pings had no pong within 5 s'),
      '7.1': failed('3 of 100 lost: 1, 2, 3'),
    });
    assert.deepEqual(listed(causes), [
      'Messages are lost, repeated or out of order: 7.1',
      'No answer comes: 4.5',
      'The server does not keep up: 2.7 3.9 4.1',
    ]);
  });

  it('makes one cause of a server that says why it closes, before what was lost by that', () => {
    const says = 'the server closed with 1008 "rate limit" after 50 messages; 50 of 100 lost: 50, 51';
    const causes = causesIn({
      '2.7': failed(says),
      '4.5': failed(`${says}; 3 of 4 pings had no pong within 2 s`),
      '7.1': failed(says),
      '8.10': failed('a client that did nothing wrong (1 of 3): nothing came before it closed with 1008 "rate limit"'),
    });
    assert.deepEqual(listed(causes), ['The server closes connections with 1008 "rate limit": 2.7 4.5 7.1 8.10']);
    assert.match(causeText(causes[0]!), /after 50 messages.*Raise the limit for the test.*check\.security\.quota/);
    const limit = causesIn({
      '5.13': failed('nothing came before it closed with 1013 "too many"'),
      '6.7': failed('5 of 10 connections do not work: the connection is closed (1013 "too many")'),
      '7.3': failed('the server closed with 1013 "too many" before any reply; 100 of 100 lost: 0, 1'),
    });
    assert.deepEqual(listed(limit), ['The server closes connections with 1013 "too many": 5.13 6.7 7.3']);
  });

  it('makes one cause of messages that are lost, whoever waits for them', () => {
    const causes = causesIn({
      '2.7': failed('14 of 100 lost: 6, 13'),
      '3.1': failed('nothing came within 2000 ms'),
      '8.10': failed('a client that did nothing wrong (1 of 3): nothing came within 2000 ms'),
    });
    assert.deepEqual(listed(causes), ['Messages are lost, repeated or out of order: 2.7 3.1 8.10']);
  });

  it('gives a plain request without an answer advice of its own', () => {
    const [cause] = causesIn({ '1.8': failed('no HTTP answer within 2000 ms') });
    assert.match(causeText(cause!), /plain HTTP request.*Answer HTTP requests/);
  });

  it('keeps a refusal that a security check asks about apart from refused connections', () => {
    const causes = causesIn({
      '6.7': failed('the server answered 503'),
      'S.2': failed('refused otherwise: the server answered 400'),
    });
    assert.equal(causes.length, 2);
  });

  it('shows advice of checks that passed, once though the numbers in it differ', () => {
    const advice = (code: number) => [
      `say ${code} before cutting a connection: a client that gets no close frame sees 1006`,
    ];
    const causes = causesIn({
      '5.6': passed({ advice: advice(1002) }),
      '5.7': passed({ advice: advice(1007) }),
      '5.8': failed('the connection stays open', { advice: advice(1009) }),
      '8.8': passed({ advice: ['no keep-alive ping in 35 s.'] }),
    });
    assert.deepEqual(listed(causes).slice(1), [
      'Say 1002, 1007, 1009 before cutting a connection: a client that gets no close frame sees 1006: 5.6 5.7 5.8',
      'No keep-alive ping in 35 s: 8.8',
    ]);
  });
});
