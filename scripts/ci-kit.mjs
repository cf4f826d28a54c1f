// Plays the jobs of docs/ci step by step, as a runner would, with short loads:
//   node scripts/ci-kit.mjs [--in FOLDER] [PLAY...]
// Most plays measure wsurge's own reference server in a fresh clone of this checkout (about six minutes for all of
// them); those named `copied` play the files as they are in an empty project of somebody else (seconds, without a
// network). FOLDER keeps clone, cache and history between calls. Checkout, cache and upload, which only the runner has,
// are played: the cache is a folder, and what would be uploaded has to be there.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Shorter times, so that the same steps take minutes instead of an hour. CPU time over one second proves nothing. */
const SHORT_RUN = {
  clone: "-d 1s -W 100ms --threshold 'server_cpu_percent{load:throughput,rate:100}: value<100'",
  copied: '-d 500ms -W 100ms',
};
/** Values for the variables at the top of the CI files; `9001` becomes a free port. */
const OWN_VARIABLES = {
  clone: {
    BUILD: 'node scripts/ready.mjs',
    START: 'node dist/bundle/cli/bin.js serve --engine ws --port 9001',
    PROFILE: 'profiles/nightly.yaml',
    AB_FLAGS: '--only throughput -d 500ms -W 100ms --no-pre-warm --rounds 5',
    WSURGE: 'node dist/bundle/cli/bin.js',
  },
  // Nothing is installed: this checkout is linked beside the project. The shell would split a path with a space.
  // The comparison would take a minute, so it stops after its plan.
  copied: { BUILD: 'true', AB_FLAGS: '--rounds 5 --dry-run', WSURGE: 'node ../wsurge/dist/bundle/cli/bin.js' },
};
/** A change that makes the server slower: this text is added to the command that starts it. */
const SLOWER = { file: 'slower', text: '--faults delay:20ms' };
/** Earlier nights that are put into the history before the first played one. */
const CALM_NIGHTS = 10;

const PLAYS = {
  'first change': { ci: 'github', job: 'compare', code: 0 },
  'second change, baseline from the cache': { ci: 'github', job: 'compare', code: 0, cached: true },
  'a change that makes it slower': { ci: 'github', job: 'compare', code: 99, cached: true, slower: true },
  'first night': { ci: 'github', job: 'nightly', code: 0, nights: 1 },
  'second night': { ci: 'github', job: 'nightly', code: 0, nights: 2 },
  // One night alone may be chance, so it is not judged.
  'first slow night': {
    ci: 'github',
    job: 'nightly',
    code: null,
    nights: CALM_NIGHTS + 3,
    slower: true,
  },
  'second slow night': { ci: 'github', job: 'nightly', code: 99, nights: CALM_NIGHTS + 4, slower: true },
  'GitLab: a change': { ci: 'gitlab', job: 'wsurge-compare', code: 0 },
  'GitLab: a night': { ci: 'gitlab', job: 'wsurge-nightly', code: 0 },
  'copied to GitHub: a change': { in: 'copied', ci: 'github', job: 'compare', code: 0, dry: true },
  'copied to GitHub: a night': { in: 'copied', ci: 'github', job: 'nightly', code: 0, nights: 1 },
  'copied to GitLab: a change': { in: 'copied', ci: 'gitlab', job: 'wsurge-compare', code: 0, dry: true },
  // GitLab itself lets 98 pass (allow_failure).
  'copied to GitLab: a night': { in: 'copied', ci: 'gitlab', job: 'wsurge-nightly', code: [0, 98], nights: 1 },
};

const FOREIGN_SERVER = `import { WebSocketServer } from 'ws';
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.env.PORT) });
server.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })));
`;

const makeProject = {
  clone: (folder) => must('git', ['clone', '--quiet', ROOT, folder], scratch),
  copied: makeForeignProject,
};

const args = process.argv.slice(2);
const kept = args[0] === '--in' ? args.splice(0, 2)[1] : undefined;
const scratch = kept ?? mkdtempSync(join(tmpdir(), 'wsurge-ci-'));
const folders = { clone: join(scratch, 'clone'), copied: join(scratch, 'copied') };
const failures = [];
try {
  mkdirSync(scratch, { recursive: true });
  const names = Object.keys(PLAYS).filter((name) => args.length === 0 || args.some((word) => name.includes(word)));
  for (const name of names) play(name, { in: 'clone', ...PLAYS[name] }, await freePort());
} finally {
  if (kept === undefined) rmSync(scratch, { recursive: true, force: true });
}
for (const failure of failures) process.stdout.write(`FAILED ${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;

function play(name, { in: place, ci, job, code, cached = false, slower = false, nights, dry = false }, port) {
  const started = performance.now();
  process.stdout.write(`\n==== ${name}\n`);
  const check = (holds, what) => holds || failures.push(`${name}: ${what}`);
  const folder = folders[place];
  if (!existsSync(folder)) makeProject[place](folder);
  const sha = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: folder, encoding: 'utf8' }).stdout.trim();
  // As the runner's checkout does, but node_modules and dist are kept: they take a minute to make.
  must('git', ['clean', '-ffdxq', '-e', 'node_modules', '-e', 'dist'], folder);
  if (slower) writeFileSync(join(folder, SLOWER.file), SLOWER.text);
  const history = join(scratch, `history-${place}-${ci}.ndjson`);
  if (nights > CALM_NIGHTS) addCalmNights(history);
  const { steps, variables } = ci === 'github' ? githubJob(job) : gitlabJob(job);
  const env = environment({ ...variables, ...OWN_VARIABLES[place] }, sha, port, history);
  const cache = join(scratch, 'cache', place, sha);
  const { failed, summary, hits } = runSteps(steps, env, { folder, cache, flags: SHORT_RUN[place] });
  check(code === null || [code].flat().includes(failed ?? 0), `exit code ${failed ?? 0} in place of ${code}`);
  if (ci === 'github' && !dry) {
    check(summary.includes('# '), 'no Markdown in the summary of the job');
    check(summary.split(/^# /m).length === 2, 'not one report in the summary of the job');
    check(!job.startsWith('compare') || hits === (cached ? 1 : 0), `${hits} times from the cache`);
  }
  const uploads = dry ? [] : steps.flatMap(({ upload }) => upload ?? []);
  for (const path of uploads) check(isReport(join(folder, path)), `${path} has no reports`);
  if (nights !== undefined) {
    const lines = readFileSync(history, 'utf8').trim().split('\n').length;
    check(lines === nights, `${lines} nights in the history in place of ${nights}`);
    // A night without a valid measurement has none. On a busy machine that happens.
    check(place !== 'clone' || summary.includes('▁'), 'no bars of the history in the summary');
  }
  process.stdout.write(`==== ${name}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
}

/** A repository with a server, a profile (that of docs/ci/README.md) and the two files, copied as they are. */
function makeForeignProject(folder) {
  const [, profile] = /^```yaml\n([\s\S]*?)^```$/m.exec(readFileSync(join(ROOT, 'docs/ci/README.md'), 'utf8'));
  mkdirSync(join(folder, '.github/workflows'), { recursive: true });
  cpSync(join(ROOT, 'docs/ci/github-actions.yml'), join(folder, '.github/workflows/wsurge.yml'));
  cpSync(join(ROOT, 'docs/ci/gitlab-ci.yml'), join(folder, '.gitlab-ci.yml'));
  writeFileSync(join(folder, 'wsurge.yaml'), profile);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
  writeFileSync(join(folder, 'server.js'), FOREIGN_SERVER);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, '../wsurge'));
  const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  must('git', ['init', '--quiet'], folder);
  must('git', ['add', '.'], folder);
  must('git', [...author, 'commit', '--quiet', '-m', 'a server'], folder);
}

/** Steps as `{ name, script }`, `{ restore, id }`, `{ save }` or `{ upload }`, each with `always` and `unlessHit`. */
function githubJob(name) {
  const { env, jobs } = parse(readFileSync(join(ROOT, 'docs/ci/github-actions.yml'), 'utf8'));
  const steps = jobs[name].steps.flatMap((step) => {
    const when = conditionOf(step.if);
    if (step.run !== undefined) return [{ name: step.name, script: step.run, ...when }];
    const [action] = step.uses.split('@');
    if (action === 'actions/cache/restore') return [{ restore: step.with.path, ...when }];
    if (action === 'actions/cache/save') return [{ save: step.with.path, ...when }];
    if (action === 'actions/upload-artifact') return [{ upload: step.with.path, ...when }];
    if (action === 'actions/checkout') return [];
    throw new Error(`this script cannot play ${step.uses}`);
  });
  return { steps, variables: env };
}

function conditionOf(condition) {
  if (condition === undefined) return { always: false, unlessHit: false };
  if (condition === 'always()') return { always: true, unlessHit: false };
  if (condition === "steps.baseline.outputs.cache-hit != 'true'") return { always: false, unlessHit: true };
  throw new Error(`this script does not know the condition ${condition}`);
}

/** One step: GitLab runs the lines of a job in one shell. */
function gitlabJob(name) {
  const { variables, [name]: job } = parse(readFileSync(join(ROOT, 'docs/ci/gitlab-ci.yml'), 'utf8'));
  const [path] = job.cache?.paths ?? [];
  const when = { always: false, unlessHit: false };
  return {
    variables,
    steps: [
      ...(path === undefined ? [] : [{ restore: path, ...when }]),
      { name, script: job.script.join('\n'), ...when },
      ...(path === undefined ? [] : [{ save: path, always: job.cache.when === 'always', unlessHit: false }]),
      ...job.artifacts.paths.map((upload) => ({ upload, always: job.artifacts.when === 'always', unlessHit: false })),
    ],
  };
}

function environment(variables, sha, port, history) {
  const own = Object.fromEntries(Object.entries(variables).map(([key, text]) => [key, text.replace('9001', port)]));
  return {
    ...process.env,
    ...own,
    PORT: port,
    START: `${own.START} $(cat ${SLOWER.file} 2>/dev/null)`,
    ...{ BASE_SHA: sha, GITHUB_SHA: sha, GITHUB_REF_NAME: 'main', CI: 'true', HISTORY: history },
    ...{ CI_COMMIT_SHA: sha, CI_COMMIT_REF_NAME: 'main', CI_MERGE_REQUEST_DIFF_BASE_SHA: sha },
    ...{ GITHUB_STEP_SUMMARY: emptyFile('summary'), GITHUB_ENV: emptyFile('env') },
  };
}

function emptyFile(name) {
  writeFileSync(join(scratch, name), '');
  return join(scratch, name);
}

function runSteps(steps, env, { folder, cache, flags }) {
  let [failed, hits] = [null, 0];
  for (const step of steps) {
    if ((failed !== null && !step.always) || (step.unlessHit && hits > 0)) continue;
    if (step.restore !== undefined) hits += moved(cache, join(folder, step.restore)) ? 1 : 0;
    else if (step.save !== undefined) moved(join(folder, step.save), cache);
    else if (step.script !== undefined) failed = runScript(step, env, folder, flags) ?? failed;
  }
  return { failed, hits, summary: readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8') };
}

/** The exit code, if the step did not go well. */
function runScript({ name, script }, env, folder, flags) {
  for (const line of readFileSync(env.GITHUB_ENV, 'utf8').split('\n').filter(Boolean)) {
    const [key, value] = line.split('=');
    env[key] = value;
  }
  const short = script.replace('run "$PROFILE"', `run "$PROFILE" ${flags}`);
  // GitHub's default shell. GitLab's is nearly the same.
  const { status } = spawnSync('bash', ['-e', '-c', short], {
    cwd: folder,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.stdout.write(`== ${name}: exit code ${status}\n`);
  return status === 0 ? null : status;
}

function moved(from, to) {
  if (!existsSync(from)) return false;
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  return true;
}

function isReport(path) {
  const runs = existsSync(path) ? readdirSync(path) : [];
  const files = ['result.json', 'report.md', 'junit.xml'];
  return runs.length === 1 && files.every((file) => existsSync(join(path, runs[0], file)));
}

/** Puts copies of the first night before it, as if there had been more nights. */
function addCalmNights(history) {
  const lines = readFileSync(history, 'utf8').trim().split('\n');
  if (lines.length > CALM_NIGHTS) return;
  const first = JSON.parse(lines[0]);
  const before = Array.from({ length: CALM_NIGHTS }, (_, i) => {
    const startedAt = new Date(Date.parse(first.startedAt) - (CALM_NIGHTS - i) * 864e5).toISOString();
    return JSON.stringify({
      ...first,
      startedAt,
      runId: `before-${i}`,
      cells: first.cells.map((cell) => alike(cell, i)),
    });
  });
  writeFileSync(history, `${[...before, ...lines].join('\n')}\n`);
}

/** A slightly changed copy: no two nights are exactly the same. */
function alike(cell, night) {
  const factor = 1 + 0.1 * Math.sin(7 * night);
  const metrics = Object.entries(cell.metrics).map(([key, value]) => [key, value === null ? null : value * factor]);
  return { ...cell, metrics: Object.fromEntries(metrics) };
}

function must(command, list, cwd) {
  const { status } = spawnSync(command, list, { cwd, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${list.join(' ')} ended with ${status}`);
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
