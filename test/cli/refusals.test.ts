/** What wsurge refuses to do: 104 before any connection, every problem at once, with the fix. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type LocalServer, wsServer } from '../e2e/local-server.js';
import { type CliOptions, type CliRun, runCli } from '../e2e/run-cli.js';

/** Runs against a server that would answer; asserts that it was never asked. `args` gets the server's URL. */
async function refused(args: (url: string) => readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const server = await wsServer();
  try {
    const run = await runCli(['run', ...args(server.url)], options);
    assertRefused(run, server);
    return run;
  } finally {
    await server.stop();
  }
}

function assertRefused(run: CliRun, server: LocalServer): void {
  assert.equal(run.code, 104, run.stderr);
  assert.equal(server.accepted(), 0, 'nothing was sent');
  assert.equal(run.folders, 0);
  assert.doesNotMatch(run.stderr, /\n\s+at .*\.js:/, 'no stack');
}

test('every slip of the flags at once, each with the flag, the value and a hint', async () => {
  const wrong = ['-c', 'abc', '-R', '1000000000', '-d', '0s', '--wram-up', '1s', '--match', 'maybe', '-H', 'nocolon'];
  const { stderr } = await refused((url) => [url, ...wrong]);
  assert.match(stderr, /^wsurge: 6 problems in what was asked for\n/);
  assert.match(stderr, /--connections: "abc" is not a number\n\s+write it like 100/);
  assert.match(stderr, /--rate: "1000000000" is out of range\n\s+from 0\/s to 1,000,000\/s/);
  assert.match(stderr, /--duration: "0s" is out of range/);
  assert.match(stderr, /--wram-up: is not a flag of run/);
  assert.match(stderr, /--match: "maybe"/);
  assert.match(stderr, /--header: is not a header/);
});

for (const [slip, flags, says] of [
  ['zero connections', ['-c', '0'], /--connections: "0" is out of range/],
  ['a rate of 1e9', ['-R', '1e9'], /--rate: "1e9"/],
  ['a negative rate', ['-R=-5'], /--rate: "-5"/],
  ['half a connection', ['-c', '1.5'], /--connections: "1\.5"/],
  ['NaN connections', ['-c', 'NaN'], /--connections: "NaN" is not a number/],
  ['a flag without its value', ['-d'], /--duration: needs a value/],
  ['a flag given twice', ['-c', '1', '-c', '2'], /--connections: is given 2 times/],
  ['one argument too many', ['ws://127.0.0.1:1/'], /one argument too many/],
] as const) {
  test(`${slip}: refused`, async () => {
    const { stderr } = await refused((url) => [url, ...flags]);
    assert.match(stderr, says);
  });
}

test('-c, -R and -r beside a profile file: an error that says what to write instead', async () => {
  const { stderr } = await refused(() => ['p.yaml', '-c', '5', '-R', '10', '-r', '1'], {
    files: { 'p.yaml': 'load:\n  - { name: steady, connections: 2, rate: 10/s }\n' },
  });
  assert.match(stderr, /3 problems/);
  assert.match(stderr, /--connections: .*with a profile.*\n\s+.*--set load\.steady\.connections=5/);
});

test('a malformed profile: every problem at once, with file, line, column, value and hint', async () => {
  const profile = [
    'name: bad',
    'loads: []',
    'load:',
    '  - { connections: 0, rate: 1000000000, colour: red }',
    'duration: 0s',
    '__proto__: { polluted: true }',
    'thresholds: { ws_response_time: "p(95)<<50" }',
  ].join('\n');
  const { stderr } = await refused((url) => ['bad.yaml', '--target', url], { files: { 'bad.yaml': profile } });
  assert.match(stderr, /bad\.yaml:2:1: .*loads/);
  assert.match(stderr, /bad\.yaml:4:\d+: .*connections/);
  assert.match(stderr, /bad\.yaml:4:\d+: .*rate/);
  assert.match(stderr, /bad\.yaml:4:\d+: .*colour/);
  assert.match(stderr, /bad\.yaml:5:\d+: .*duration/);
  assert.match(stderr, /bad\.yaml:6:1: .*__proto__/);
  assert.match(stderr, /bad\.yaml:7:\d+: .*p\(95\)<<50/);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test('a profile that is no YAML, is empty, or is not there', async () => {
  const broken = await refused(() => ['broken.yaml'], { files: { 'broken.yaml': 'load: [\n  - {' } });
  assert.match(broken.stderr, /broken\.yaml:\d+:\d+: /);
  const empty = await refused(() => ['empty.yaml'], { files: { 'empty.yaml': '' } });
  assert.match(empty.stderr, /empty\.yaml/);
  const missing = await refused(() => ['missing.yaml']);
  assert.match(missing.stderr, /missing\.yaml: cannot be read \(ENOENT\)/);
});

test('--only that names nothing: refused with what there is', async () => {
  const { stderr } = await refused((url) => ['p.yaml', '--target', url, '--only', 'stedy'], {
    files: { 'p.yaml': 'load:\n  - { name: steady, connections: 2, rate: 10/s }\n' },
  });
  assert.match(stderr, /stedy/);
  assert.match(stderr, /steady|--dry-run/);
});

for (const [slip, flags, says] of [
  ['a goal of 100 % or more', ['--until-ci', 'p99:100%'], /--until-ci: "p99:100%" is no goal/],
  [
    'a longest time below the planned one',
    ['--until-ci', 'p99:5%', '--max-duration', '5s'],
    /no cell .* measured longer/,
  ],
  ['a load that has no latency', ['--until-ci', 'p99:5%', '--match', 'none'], /no cell .* measured longer/],
] as const) {
  test(`--until-ci with ${slip}: refused`, async () => {
    const { stderr } = await refused((url) => [url, ...flags]);
    assert.match(stderr, says);
  });
}

test('--until-ci: the plan says how long it may take', async () => {
  const flags = ['-d', '10s', '--until-ci', 'p99:5%', '--max-duration', '30s', '--dry-run'];
  const dry = async (...more: string[]) => await runCli(['run', 'ws://127.0.0.1:9/', ...flags, ...more]);
  const { totalMs, longestMs } = JSON.parse((await dry('--json')).stdout) as Record<string, number>;
  assert.equal(longestMs, totalMs! + 20_000);
  const twice = JSON.parse((await dry('--json', '--null-twin')).stdout) as Record<string, number>;
  assert.equal(twice['longestMs'], twice['totalMs']! + 40_000);
  assert.match((await dry()).stdout, /time +about \S+ s; with --until-ci up to \S+ s\n/);
});

test('a results folder below a regular file: refused before load, with the way out', async () => {
  const { stderr } = await refused((url) => [url, '-o', 'file.txt/results'], { files: { 'file.txt': '' } });
  assert.match(stderr, /cannot write results to .*file\.txt\/results: .*ENOTDIR/);
  assert.match(stderr, /-o <folder>/);
});

test('a public address above the limits: refused naming the flag, nothing is sent', async () => {
  for (const load of [
    ['-c', '101'],
    ['-R', '1001'],
    ['--model', 'closed'],
  ]) {
    // 203.0.113.0/24 is for documentation: nobody is there. A connect would end 103, and not before its deadline.
    const run = await runCli(['run', 'ws://203.0.113.1/', ...load, '--set', 'connectTimeout=300ms']);
    assert.equal(run.code, 104, run.stderr);
    assert.match(run.stderr, /203\.0\.113\.1.*public address/);
    assert.match(run.stderr, /--allow-target 203\.0\.113\.1/);
    assert.equal(run.folders, 0);
  }
});

test('more connections than ports: refused with the limit and the fix', async () => {
  const { stderr } = await refused((url) => [url, '-c', '500000']);
  if (process.platform !== 'linux') return assert.match(stderr, /500,000 connections need/);
  assert.match(stderr, /500,000 connections to one address need as many local ports, \d+-\d+ holds/);
  assert.match(stderr, /sysctl -w net\.ipv4\.ip_local_port_range=/);
});

test('more connections than open files: refused with the limit and the fix', async () => {
  const server = await wsServer();
  try {
    const cli = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));
    const command = 'ulimit -n 256 && exec "$0" "$@"';
    const child = spawn('sh', ['-c', command, process.execPath, cli, 'run', server.url, '-c', '1000'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 104, stderr);
    assert.match(stderr, /1,000 connections need 1,\d+ open files, the limit is 256/);
    assert.match(stderr, /try: ulimit -n \d+/);
    assert.equal(server.accepted(), 0);
  } finally {
    await server.stop();
  }
});

test('a null twin of a load that speaks: the echo could not answer it', async () => {
  const text = (url: string) =>
    `target: { url: '${url}' }\nload: [{ connections: 2, rate: 5 }]\nrequests: [{ name: ask, send: '{{sequence}}' }]\n`;
  const server = await wsServer();
  try {
    const run = await runCli(['run', 'p.yaml', '--null-twin'], { files: { 'p.yaml': text(server.url) } });
    assertRefused(run, server);
    assert.match(run.stderr, /load\/c2-r5: it has a protocol, a session or requests, and the echo speaks none/);
  } finally {
    await server.stop();
  }
});

test('--set of a request or a step: by name, by place, or the whole list; a slip is told with the flag', async () => {
  const profile = `target: { url: 'ws://127.0.0.1:9/' }
load: [{ connections: 2, rate: 5 }]
requests: [{ name: ask, send: '{{sequence}}' }, { name: tell, send: { n: '{{sequence}}' } }]
`;
  const dryRun = async (...settings: string[]) => {
    const flags = settings.flatMap((setting) => ['--set', setting]);
    return await runCli(['run', 'p.yaml', '--dry-run', '--json', ...flags], { files: { 'p.yaml': profile } });
  };
  const { code, stdout, stderr } = await dryRun(
    'requests.tell.weight=3',
    'requests.0.weight=2',
    "session=[{ send: { hello: 'you' }, wait: 10ms }]",
    'requests.tell.send={ id: "{{sequence}}" }',
  );
  assert.equal(code, 0, stderr);
  const { steps, requests } = JSON.parse(stdout).cells[0].says;
  assert.deepEqual(
    [...steps, ...requests].map(({ sends, weight, waitMs }) => [weight ?? waitMs, sends.replace(/\d{10}/, 'N')]),
    [
      [10, '{"hello":"you"}'],
      [2, 'N'],
      [3, '{"id":N}'],
    ],
  );
  const wrong = await dryRun('requests.tel.weight=3', 'requests.ask.weight=0');
  assert.equal(wrong.code, 104);
  assert.match(wrong.stderr, /--set requests\.tel\.weight: requests has no "tel"\n\s+did you mean "tell"\?/);
  assert.match(wrong.stderr, /--set requests\.ask\.weight: 0 is out of range/);
});
