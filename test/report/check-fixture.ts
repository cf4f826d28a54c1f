/** A check that could have been, with text of a hostile server in it. Deterministic. */
import { failed, passed, skipped } from '../../src/check/check.js';
import type { CheckRun } from '../../src/check/runner.js';
import { buildCheckDocument, type CheckDocument, type LoadPart } from '../../src/report/check-document.js';
import { Redactor } from '../../src/report/redact.js';
import { documentOf } from './document-fixture.js';

const SECRET = 'hunter2-token';

function runOf(kind: 'healthy' | 'trouble'): CheckRun {
  const trouble = kind === 'trouble';
  const hostile = `\u001b[31mred\u001b[0m | **bold** <script>alert(1)</script>\n${SECRET} \u202e`;
  return {
    interrupted: false,
    tookMs: 12_345.6,
    scenarios: [
      {
        ...{ number: 1, name: 'connect', title: 'Connection', status: 'passed', tookMs: 5.25 },
        checks: [
          {
            ...{ id: '1.1', title: 'a connection opens', tookMs: 3 },
            ...passed({
              sent: 'GET with Upgrade: websocket',
              expected: '101',
              received: '101',
              measured: [{ name: 'tcp', value: 0.4212, unit: 'ms' }],
            }),
          },
          {
            ...{ id: '1.6', title: 'Origin and CORS', tookMs: 0 },
            ...skipped('not promised: check.cors of the profile does not say'),
          },
        ],
      },
      {
        ...{ number: 5, name: 'close', title: 'Closing', status: trouble ? 'failed' : 'passed', tookMs: 812 },
        checks: [
          {
            ...{ id: '5.1', title: 'the client closes with 1000', tookMs: 812 },
            ...(trouble
              ? failed(`closed with 1011 "${hostile}"`, { sent: 'close 1000', expected: '1000', received: hostile })
              : passed({ sent: 'close 1000', expected: '1000', received: '1000' })),
          },
        ],
      },
      {
        ...{ number: 'security', name: 'security', title: 'Security', status: 'passed', tookMs: 35_000 },
        checks: [
          {
            ...{ id: 'S.1', title: 'a client without credentials is refused', tookMs: 2 },
            ...passed({ expected: '401', received: '401', advice: ['No keep-alive ping in 35 s: switch them on.'] }),
          },
        ],
      },
    ],
  };
}

export function checkDocumentOf(kind: 'healthy' | 'trouble', load: LoadPart | null = null): CheckDocument {
  const redactor = new Redactor([SECRET]);
  return buildCheckDocument({
    run: runOf(kind),
    runId: '2026-11-24T10-15-30Z-check',
    startedAt: new Date('2026-11-24T10:15:30Z'),
    endedAt: new Date('2026-11-24T10:15:43Z'),
    labels: { build: '42' },
    tool: { version: '0.1.0', engine: 'ws' },
    environment: documentOf().environment,
    target: { url: 'ws://127.0.0.1:9001/', address: '127.0.0.1', engine: 'ws', hint: null },
    profile: { name: 'check', password: SECRET },
    seed: 1,
    quick: true,
    protocol: 'bot',
    load,
    redactor,
    foreign: redactor,
  });
}
