import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Beside } from '../../src/check/beside.js';
import { passed, titleOf } from '../../src/check/check.js';
import { expectationsOf } from '../../src/check/expectations.js';
import type { Found } from '../../src/check/look/server-kind.js';
import { longestSilenceMs } from '../../src/check/paced.js';
import { SCENARIOS } from '../../src/check/scenarios.js';
import { parseProfile } from '../../src/profile/parse.js';

const { profile } = parseProfile(
  { kind: 'flags', value: { load: [{ connections: 1, rate: 1 }] } },
  { env: {}, readText: () => '' },
);
const expects = expectationsOf(profile.check, 'echo', null);
const CHECKS = SCENARIOS.flatMap(({ checks }) => checks);

describe('a server that answers slowly', () => {
  it('is not told that the time to its first reply is a stall', () => {
    assert.equal(longestSilenceMs(1500, [1510, 1520, 1540]), 20);
    assert.equal(longestSilenceMs(1500, [20, 30]), 10);
    assert.equal(longestSilenceMs(0, [600, 610]), 600);
    assert.equal(longestSilenceMs(0, []), 0);
  });

  it('has many connections at a time, and the title says so', () => {
    const many = CHECKS.find(({ id }) => id === '6.6')!;
    const title = (slowestReplyMs: number | null) => {
      return titleOf(many, { quick: true, expects, process: null, found: { slowestReplyMs } as Found });
    };
    assert.equal(title(1500), '200 connections in turn, 100 at a time, work');
    assert.equal(title(60), '200 connections one after the other work');
    assert.equal(title(null), '200 connections one after the other work');
  });

  it('is asked many things at once, but nothing rough and nothing that keeps a rate', () => {
    const begun = (isSlow: boolean) => {
      const ids: string[] = [];
      new Beside(SCENARIOS, isSlow, ({ id }) => {
        ids.push(id);
        return Promise.resolve({ outcome: passed({}), tookMs: 0 });
      });
      return ids;
    };
    assert.ok(begun(true).includes('2.1') && begun(true).includes('6.1') && begun(true).includes('7.1'));
    assert.ok(!begun(false).includes('2.1'));
    for (const id of ['2.7', '2.8', '3.9', '4.1', '4.5']) assert.ok(!begun(true).includes(id), id);
  });
});
