import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refuseUnknownPart, shareOf } from '../../src/app/capacity-selector.js';
import { sloOf } from '../../src/app/capacity-start.js';
import { type Problem, WsurgeError } from '../../src/errors.js';
import { cellWith } from '../plan/cell-builder.js';
import { requestWith, stepWith, wireWith } from '../plan/wire-builder.js';

const CHAT = cellWith({
  load: 'chat',
  wire: wireWith({
    steps: [stepWith('login', { timed: true })],
    requests: [
      requestWith('say', '{"id":{{sequence}}}', { weight: 1 }),
      requestWith('history', '{"id":{{sequence}}}', { weight: 4 }),
    ],
  }),
});

function sloFrom(text: string) {
  const problems: Problem[] = [];
  const asked = sloOf(text, '--slo', problems);
  assert.deepEqual(problems, [], text);
  return asked!.slo;
}

function problemOf(text: string): string {
  const problems: Problem[] = [];
  assert.equal(sloOf(text, '--slo', problems), null, text);
  return problems.map(({ message, hint }) => `${message}; ${hint}`).join();
}

function refusalOf(text: string): string {
  try {
    refuseUnknownPart(CHAT, sloFrom(text));
  } catch (error) {
    assert.ok(error instanceof WsurgeError && error.exitCode === 104);
    return `${error.message}; ${error.next}`;
  }
  return assert.fail(`${text} was taken`);
}

describe('an SLO about one request', () => {
  it('is written as in thresholds, with or without a colon', () => {
    for (const between of [' ', ': ', ':', ' : ', '']) {
      const slo = sloFrom(`ws_response_time{request:say}${between}p(99)<50ms`);
      assert.deepEqual([slo.metric, slo.selector, slo.limit], ['ws_response_time', { request: 'say' }, 50_000]);
    }
    assert.deepEqual(sloFrom('ws_step_time{step:login} p(95)<1s').selector, { step: 'login' });
    assert.deepEqual(sloFrom('ws_response_time p(99)<50ms').selector, {});
    assert.deepEqual(sloFrom('ws_response_time:p(99)<50ms').selector, {});
  });

  it('that names a load, or what changes from step to step, is refused with what it may name', () => {
    for (const key of [
      'load:chat',
      'cell:chat/c10',
      'connections:100',
      'rate:100/s',
      'engine:ws',
      'request:say,load:chat',
    ]) {
      const said = problemOf(`ws_response_time{${key}} p(99)<50ms`);
      assert.match(said, /names a (load|cell|connections|rate|engine); .* request and step can be named/);
    }
    assert.match(problemOf('ws_response_time{request} p(99)<50ms'), /not key:value/);
    assert.match(problemOf('ws_response_time{request:say}'), /is no SLO; write it like --slo/);
  });

  it('or step that the load does not have is refused with its name', () => {
    assert.match(refusalOf('ws_response_time{request:sya} p(99)<50ms'), /no request "sya"; did you mean "say"/);
    assert.match(refusalOf('ws_connecting{request:say} p(99)<50ms'), /no single requests; these do: ws_response_time/);
    assert.match(refusalOf('ws_step_time{step:logni} p(99)<50ms'), /no step "logni"; did you mean "login"/);
    assert.match(refusalOf('ws_response_time{step:login} p(99)<50ms'), /no single steps/);
    refuseUnknownPart(CHAT, sloFrom('ws_response_time{request:history} p(99)<50ms'));
    refuseUnknownPart(CHAT, sloFrom('ws_step_time{step:login} p(99)<50ms'));
    const scripted = { ...CHAT, wire: { ...CHAT.wire!, script: { path: 'chat.mjs', sha256: '0' } } };
    refuseUnknownPart(scripted, sloFrom('ws_step_time{step:asked} p(99)<50ms'));
  });

  it('needs steps long enough for the share of the messages that it is about', () => {
    assert.equal(shareOf(CHAT, sloFrom('ws_response_time{request:say} p(99)<50ms')), 0.2);
    assert.equal(shareOf(CHAT, sloFrom('ws_response_time{request:history} p(99)<50ms')), 0.8);
    assert.equal(shareOf(CHAT, sloFrom('ws_response_time p(99)<50ms')), 1);
    const inTurn = { wire: { ...CHAT.wire!, pick: 'in turn' as const } };
    assert.equal(shareOf(inTurn, sloFrom('ws_response_time{request:say} p(99)<50ms')), 0.5);
    assert.equal(shareOf(cellWith({}), sloFrom('ws_response_time p(99)<50ms')), 1);
  });
});
