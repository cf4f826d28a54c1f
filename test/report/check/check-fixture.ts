/** A check that could have been, with text of a hostile server in it. Deterministic. */
import { cannotJudge, failed, type Outcome, passed, skipped } from '../../../src/check/check.js';
import { scenarioStatus } from '../../../src/check/outcome/scenario-status.js';
import type { ServerEnd } from '../../../src/check/outcome/server-end.js';
import type { ServerPromise } from '../../../src/check/promises.js';
import type { CheckResult, CheckRun } from '../../../src/check/runner.js';
import { buildCheckDocument, type CheckDocument, type LoadPart } from '../../../src/documents/check-document.js';
import { Redactor } from '../../../src/documents/redaction/redact.js';
import { documentOf } from '../document-fixture.js';

const SECRET = 'hunter2-token';

const END: ServerEnd = {
  ...{ check: '5.6', isRough: true, how: 'it exited with code 1', after: 'restarted', backMs: 640 },
};

/** A check that ended the server, and one that could not be judged after it. */
const ENDED: readonly CheckResult[] = [
  {
    ...{ id: '5.6', title: 'a break of the protocol ends the connection: 1002', tookMs: 12 },
    ...failed('the server ended: it exited with code 1', { sent: 'a reserved opcode', received: 'cut' }),
  },
  {
    ...{ id: '5.9', title: 'a cut TCP connection is 1006 and leaves the list', tookMs: 30_000 },
    ...cannotJudge('wsurge ended this check after 30 s, its longest time'),
  },
];

const PROMISES: readonly ServerPromise[] = [
  { key: 'reply.echo', says: 'the content of {"say":{{content}}} comes back', by: 'profile' },
  { key: 'check.missingUpgrade', says: '426', by: 'recognised' },
  { key: 'check.cors', says: '', by: null },
];

function runOf(kind: 'healthy' | 'trouble'): CheckRun {
  const trouble = kind === 'trouble';
  const hostile = `\u001b[31mred\u001b[0m | **bold** <script>alert(1)</script>\n${SECRET} \u202e`;
  return {
    interrupted: false,
    serverEnds: trouble ? [END] : [],
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
          ...(trouble ? ENDED : []),
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
  return documentOfRun(runOf(kind), load);
}

/** A document whose only scenario has checks with these outcomes. */
export function documentWith(outcomes: readonly Outcome[]): CheckDocument {
  const checks = outcomes.map((outcome, index) => ({ id: `1.${index + 1}`, title: 'a check', tookMs: 1, ...outcome }));
  const status = scenarioStatus([], checks);
  const scenario = { number: 1, name: 'connect', title: 'Connection', status, tookMs: 1, checks } as const;
  return documentOfRun({ scenarios: [scenario], serverEnds: [], interrupted: false, tookMs: 1 }, null);
}

function documentOfRun(run: CheckRun, load: LoadPart | null): CheckDocument {
  const redactor = new Redactor([SECRET]);
  return buildCheckDocument({
    run,
    crashed: false,
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
    gentle: false,
    protocol: 'bot',
    promises: PROMISES,
    load,
    redactor,
    foreign: redactor,
  });
}
