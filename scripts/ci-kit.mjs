// Runs the `run:` steps of docs/ci/github-actions.yml one by one in a fresh clone of this checkout, as a runner would, with
// short loads: `node scripts/ci-kit.mjs`. The steps that only GitHub has (checkout, cache, upload) are left out.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WORKFLOW = join(ROOT, 'docs/ci/github-actions.yml');
/** What would take an hour takes a minute: the same steps, other numbers. */
const SHORTER = [
  ['-d 5s --rounds 8', '-d 500ms -W 100ms --no-pre-warm --rounds 5'],
  ['run profiles/nightly.yaml', 'run profiles/nightly.yaml --only throughput -d 1s -W 100ms'],
];

const workflow = parse(readFileSync(WORKFLOW, 'utf8'));
const port = await freePort();
const scratch = mkdtempSync(join(tmpdir(), 'wsurge-ci-'));
let failed = 0;
try {
  const clone = join(scratch, 'clone');
  must('git', ['clone', '--quiet', ROOT, clone], scratch);
  const sha = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: clone, encoding: 'utf8' }).stdout.trim();
  for (const [name, job] of Object.entries(workflow.jobs)) failed += runJob(name, job, clone, sha);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

function runJob(name, { steps }, clone, sha) {
  const file = (what) => join(scratch, `${name}-${what}`);
  for (const what of ['summary', 'env']) writeFileSync(file(what), '');
  const env = {
    ...process.env,
    ...Object.fromEntries(Object.entries(workflow.env).map(([key, text]) => [key, text.replace('9317', port)])),
    ...{ BASE_SHA: sha, GITHUB_SHA: sha, HISTORY: file('history.ndjson'), CI: 'true' },
    ...{ GITHUB_STEP_SUMMARY: file('summary'), GITHUB_ENV: file('env') },
  };
  let bad = 0;
  for (const step of steps.filter(({ run }) => run !== undefined)) {
    for (const line of readFileSync(file('env'), 'utf8').split('\n').filter(Boolean)) {
      const [key, value] = line.split('=');
      env[key] = value;
    }
    const script = SHORTER.reduce((text, [from, to]) => text.replace(from, to), step.run);
    // GitHub's default shell.
    const { status } = spawnSync('bash', ['-e', '-c', script], {
      cwd: clone,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    // 99 is a verdict on a machine that nobody kept quiet, and no fault of the step.
    const isFine = status === 0 || status === 99;
    process.stdout.write(`\n== ${name} / ${step.name}: ${isFine ? 'ok' : 'FAILED'} (exit code ${status})\n`);
    if (!isFine) bad++;
  }
  const summary = readFileSync(file('summary'), 'utf8');
  const isTold = summary.includes('# ');
  process.stdout.write(`== ${name}: ${summary.length} characters in the job summary\n`);
  return bad + (isTold ? 0 : 1);
}

function must(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

/** The port of the workflow may be taken here. */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(String(free)));
    });
  });
}
