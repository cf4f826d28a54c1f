import os from 'node:os';
import { FixedList } from '../campaign/cell-source.js';
import { describeGenerator, toolVersion } from '../coordinator/environment.js';
import { WsurgeError } from '../errors.js';
import { planOf } from '../plan/plan.js';
import { redactProfile, redactUrl } from '../profile/redact.js';
import type { LoadPart } from '../report/check-document.js';
import { buildDocument } from '../report/document.js';
import type { Redactor } from '../report/redact.js';
import { judge } from '../verdict/judge.js';
import type { CheckRequest } from './check-options.js';
import type { CliIo } from './io.js';
import { CLIENT_ENGINE } from './run-documents.js';
import { loadThreads, permitted, TargetSession } from './target-session.js';

/** What `--with-load` puts in place of the profile's loads: the tables of profiles/report.yaml, in a fraction of the time. */
export function shortLoad(quick: boolean): Readonly<Record<string, unknown>> {
  const shown = (threshold: string, title: string) => ({ threshold, title, gate: false });
  return {
    load: [
      { name: 'concurrency', sweep: { connections: [1, 10, 50, 100] }, rate: '1000/s' },
      { name: 'throughput', connections: 50, sweep: { rate: ['100/s', '500/s', '1000/s'] } },
    ],
    warmup: '500ms',
    duration: quick ? '1s' : '5s',
    thresholds: {
      'ws_connecting{load:concurrency}': shown('p(95)<100', 'Connection time p95'),
      'ws_response_time{load:concurrency}': shown('p(95)<50', 'Response time p95'),
      'ws_msgs_answered{load:throughput,rate:100}': shown('rate>=99%', 'Throughput at 100 msg/s'),
      'ws_msgs_answered{load:throughput,rate:500}': shown('rate>=99%', 'Throughput at 500 msg/s'),
      'ws_msgs_answered{load:throughput,rate:1000}': shown('rate>=99%', 'Throughput at 1000 msg/s'),
      'ws_connections_held{load:concurrency,connections:100}': shown('value>=100', 'Connections held'),
    },
  };
}

/** Measures the loads of `request` on a server of its own; what stands in the way is told, not thrown. */
export async function measureLoad(
  request: CheckRequest,
  io: CliIo,
  runId: string,
  redactor: Redactor,
): Promise<LoadPart> {
  const { parsed, settings } = request;
  const { profile, secrets } = parsed;
  const local = profile.target.kind !== 'url' || /^wss?:\/\/(localhost|127\.|\[::1\])/i.test(profile.target.url);
  const plan = planOf(profile, { only: [], cores: os.availableParallelism(), localTarget: local });
  const startedAt = new Date();
  let session: TargetSession | null = null;
  const runner = loadThreads(profile, plan);
  try {
    const address = await permitted(profile, plan, settings.allowTargets);
    session = await TargetSession.open({ parsed, plan, io, address });
    const cells = { runner, source: new FixedList(plan.cells), preWarm: plan.preWarm };
    const silent = {
      onInterval: () => undefined,
      onServerSecond: () => undefined,
      onPhase: () => undefined,
      onProgress: () => undefined,
      onCellStart: () => undefined,
      onCellDone: () => undefined,
    };
    const outcome = await session.run(cells, silent);
    const { url, engine, hint } = session.target;
    const result = buildDocument({
      outcome,
      verdict: judge(outcome, profile.thresholds, { strict: false, defaultGates: true, accuracy: profile.accuracy }),
      startedAt,
      endedAt: new Date(),
      crashed: false,
      labels: profile.labels,
      tool: { version: toolVersion(), engine: CLIENT_ENGINE },
      generators: [describeGenerator()],
      target: { url: redactor.text(redactUrl(url)), address: session.endpoint.address, engine, hint },
      profile: redactProfile(profile, secrets),
      runId,
      planHash: plan.hash,
      seed: profile.seed,
      workers: plan.workers,
      pacing: plan.pacing,
      redactor,
    });
    return { status: 'measured', result };
  } catch (error) {
    if (!(error instanceof WsurgeError)) throw error;
    return { status: 'failed', reason: redactor.text(error.message) };
  } finally {
    await session?.close();
    await runner.dispose();
  }
}
