import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse, problemLines, withLoad } from './fixtures.js';

const SAY = "requests: [{ name: say, send: { sequence: '{{sequence}}' }, reaches: all, reply: none }]";

/** What is wrong of slow readers. The load of `withLoad` has 10 connections, in the first line. */
const SLIPS: readonly [text: string, problems: readonly string[]][] = [
  [
    withLoad(`${SAY}\nslow: { share: 10% }`),
    ['3:1 slow: must say how slowly: one of rate and stops [e.g. rate: 10/s, or stops: true]'],
  ],
  [
    withLoad(`${SAY}\nslow: { share: 10%, rate: 10/s, stops: true }`),
    ['3:1 slow: must say how slowly: one of rate and stops [e.g. rate: 10/s, or stops: true]'],
  ],
  [
    withLoad('slow: { share: 10%, stops: true }'),
    [
      '2:1 slow: stands without a request that reaches others [say which request reaches others: reaches: all, room or others]',
    ],
  ],
  [
    withLoad(`${SAY}\nslow: { share: 90%, stops: true }`),
    ['3:1 slow: leaves fewer than two connections that read [use a smaller share or more connections]'],
  ],
  [
    withLoad(`${SAY}\nsenders: 10\nslow: { share: 10%, stops: true }`),
    ['4:1 slow: needs connections that do not send, but 10 of 10 do [senders: 9 at most]'],
  ],
  [
    withLoad(`${SAY}\nslow: { share: 0%, stops: true }`),
    ['3:16 slow.share: "0%" is out of range [above 0 %, at most 100 %]'],
  ],
];

describe('slow readers in a profile', () => {
  for (const [text, problems] of SLIPS) {
    it(`${problems[0]}`, () => assert.deepEqual(problemLines(text), problems));
  }

  it('are a share of the connections, and read at a rate or stop', () => {
    const slowIn = (slow: string) => parse(withLoad(`${SAY}\nslow: ${slow}`)).profile.load[0]!.talk?.slow;
    assert.deepEqual(slowIn('{ share: 5%, rate: 10/s }'), { share: 0.05, ratePerSecond: 10 });
    assert.deepEqual(slowIn('{ share: 0.2, stops: true }'), { share: 0.2, ratePerSecond: null });
  });
});
