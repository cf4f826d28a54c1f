import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN } from '../../src/cli/flags/run.js';
import { type RunCommand, toProfile } from '../../src/cli/options/run-options.js';
import { splitArguments } from '../../src/cli/options/split-arguments.js';
import { FOREIGN } from '../e2e/certificate.js';
import { CERTIFICATE, KEY } from '../server/certificate.js';
import { type Files, problemLine, problemsLater, readerOf } from './fixtures.js';

const URL = 'ws://127.0.0.1:9001/';
const PROFILE = `
name: two
duration: 20s
target: { url: 'wss://prod/', headers: { authorization: old, X-Keep: '1' } }
load:
  - { name: a, connections: 10, rate: 100/s, warmup: 3s, reply: { match: order } }
  - { name: b, sweep: { connections: [1, 2] }, rate: 50/s, duration: 1s }
thresholds:
  ws_ping: p(95)<5
  ws_response_time: p(95)<50
`;

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Files;
}

async function run(words: readonly string[], { env = {}, files = {} }: Surroundings = {}): Promise<RunCommand> {
  return toProfile(splitArguments(words, RUN), env, readerOf({ 'dir/p.yaml': PROFILE, ...files }));
}

async function slips(words: readonly string[], { env = {}, files = {} }: Surroundings = {}): Promise<string[]> {
  const argv = splitArguments(words, RUN);
  const read = () => toProfile(argv, env, readerOf({ 'dir/p.yaml': PROFILE, ...files }));
  return (await problemsLater(read)).map(problemLine);
}

test('a bare URL: 10 connections, 100 messages per second, 10 s', async () => {
  const { parsed, settings } = await run([URL]);
  const [load] = parsed.profile.load;
  assert.deepEqual(
    [load!.name, load!.connections, load!.rates, load!.durationMs],
    ['load', [{ from: 10, to: 10 }], [{ from: 100, to: 100 }], 10_000],
  );
  assert.equal(parsed.profile.target.kind === 'url' && parsed.profile.target.url, URL);
  assert.deepEqual(settings, {
    outputDir: 'results',
    formats: ['md', 'html'],
    prometheus: null,
    dashboard: null,
    events: null,
    json: false,
    quiet: false,
    progress: true,
    dryRun: false,
    wide: false,
    strict: false,
    note: null,
    defaultGates: true,
    untilPrecise: null,
    nullTwin: false,
    only: [],
    allowTargets: [],
    fleet: null,
  });
});

test('every flag of a bare run reaches the profile', async () => {
  const pem = CERTIFICATE + KEY;
  const words = `${URL} -c 2k -r 0.5 -d 30s -W 0s -w 3 --size 1KiB --match order --reply-timeout 2s --arrival poisson
    --connect-rate 50/s --pacing timer --seed 7 --insecure --cacert ca.pem --cert c.pem --key c.pem --subprotocol a --subprotocol b`;
  const flags = [
    ...words.split(/\s+/),
    '-H',
    'X-A: 1:2',
    '-H',
    'X-B:',
    '--label',
    'build=4=2',
    '--threshold',
    'ws_ping{load:load}: p(95)<5',
  ];
  const { profile } = (await run(flags, { files: { 'ca.pem': pem, 'c.pem': pem } })).parsed;
  const [load] = profile.load;
  assert.deepEqual([load!.connections[0]!.to, load!.rates[0]!.to, load!.ratePer], [2000, 0.5, 'connection']);
  assert.deepEqual([load!.durationMs, load!.warmupMs, profile.workers, load!.connectRate], [30_000, 0, 3, 50]);
  assert.deepEqual(
    [load!.message.size, load!.reply.match, load!.reply.timeoutMs],
    [{ kind: 'fixed', bytes: 1024 }, 'order', 2000],
  );
  assert.deepEqual([load!.arrival, profile.pacing, profile.seed], ['poisson', 'timer', 7]);
  assert.deepEqual(profile.target.tls, { ca: pem, cert: pem, key: pem, insecure: true, servername: null });
  assert.deepEqual(profile.target.subprotocols, ['a', 'b']);
  assert.deepEqual(profile.target.headers, { 'X-A': '1:2', 'X-B': '' });
  assert.deepEqual(profile.labels, { build: '4=2' });
  assert.deepEqual(
    profile.thresholds.map(({ metric, selector }) => [metric, selector]),
    [['ws_ping', { load: 'load' }]],
  );
});

test('closed and listen runs have no default rate', async () => {
  const closed = (await run([URL, '--model', 'closed', '--in-flight', '4', '--think', '10ms'])).parsed.profile.load[0]!;
  assert.deepEqual([closed.model, closed.rates, closed.inFlight, closed.thinkMs], ['closed', [], 4, 10]);
  assert.deepEqual((await run([URL, '--model', 'listen'])).parsed.profile.load[0]!.rates, []);
  assert.deepEqual(await slips([URL, '--model', 'closed', '-R', '5']), [
    '--rate: does not go with model: closed [replies set the pace: use inFlight and think]',
  ]);
});

test('a sweep given with --set takes the place of a default', async () => {
  const [load] = (await run([URL, '--set', 'load.load.sweep.connections=[1, 2]', '--set', 'load.0.sweep.rate=[5]']))
    .parsed.profile.load;
  assert.deepEqual([load!.connections.map((span) => span.to), load!.rates.map((span) => span.to)], [[1, 2], [5]]);
});

test('settings of the run stay out of the profile', async () => {
  const words = ['-o', 'out', '--json', '-q', '--no-progress', '--dry-run', '--wide', '--strict', '--no-default-gates'];
  const { settings } = await run(['dir/p.yaml', ...words, '--only', 'a', '--only', 'b/c1-r50', '--allow-target', 'h']);
  assert.deepEqual(settings, {
    outputDir: 'out',
    formats: ['md', 'html'],
    prometheus: null,
    dashboard: null,
    events: null,
    json: true,
    quiet: true,
    progress: false,
    dryRun: true,
    wide: true,
    strict: true,
    note: null,
    defaultGates: false,
    untilPrecise: null,
    nullTwin: false,
    only: ['a', 'b/c1-r50'],
    allowTargets: ['h'],
    fleet: null,
  });
});

test('flags override a profile, also what its loads say themselves', async () => {
  const words = [
    '-d',
    '5s',
    '-W',
    '2s',
    '--match',
    'none',
    '-H',
    'Authorization: new',
    '--target',
    URL,
    '--threshold',
    'ws_ping: max<9',
  ];
  const { profile } = (await run(['dir/p.yaml', ...words])).parsed;
  assert.deepEqual(
    profile.load.map((load) => [load.durationMs, load.warmupMs, load.reply.match]),
    [
      [5000, 2000, 'none'],
      [5000, 2000, 'none'],
    ],
  );
  assert.equal(profile.target.kind === 'url' && profile.target.url, URL);
  assert.deepEqual(profile.target.headers, { Authorization: 'new', 'X-Keep': '1' });
  assert.deepEqual(
    profile.thresholds.map(({ metric, expression }) => `${metric} ${expression}`),
    ['ws_ping max<9', 'ws_response_time p(95)<50'],
  );
});

test('files named by flags are relative to the working folder, not to the profile', async () => {
  const files = { 'ca.pem': CERTIFICATE, 'dir/ca.pem': FOREIGN.cert };
  assert.equal((await run(['dir/p.yaml', '--cacert', 'ca.pem'], { files })).parsed.profile.target.tls.ca, CERTIFICATE);
});

test('--target takes the place of an embedded or started server', async () => {
  const files = { 'e.yaml': 'load: [{connections: 1, rate: 1}]\ntarget: { command: x, url: ws://h/, ready: port }' };
  const { target } = (await run(['e.yaml', '--target', URL], { files })).parsed.profile;
  assert.deepEqual([target.kind, target.kind === 'url' && target.url], ['url', URL]);
});

test('a message on the command line replaces the size of the profile, and finds its format', async () => {
  const messageOf = async (text: string) => (await run([URL, '-m', text])).parsed.profile.load[0]!.message;
  assert.equal((await messageOf('{"sequence":{{ sequence }}}')).format, 'json');
  assert.deepEqual(await messageOf('n {{sequence}}'), {
    format: 'text',
    size: { kind: 'fixed', bytes: 12 },
    template: 'n {{sequence}}',
  });
  const files = { 's.yaml': 'message: { size: 100 }\nload: [{connections: 1, rate: 1, message: { size: 200 }}]' };
  const { load } = (await run(['s.yaml', '-m', '{{sequence}}'], { files })).parsed.profile;
  assert.equal(load[0]!.message.template, '{{sequence}}');
});

test('--set reaches any key, loads by name or position', async () => {
  const sets = [
    'load.a.rate=500/s',
    'load.1.sweep.connections=[3, 4]',
    'load.a.reply.timeout=1s',
    'labels.x=y',
    'target.tls.insecure=true',
    'thresholds.ws_ping{load:a}=p(9)<1',
  ];
  const { profile } = (await run(['dir/p.yaml', ...sets.flatMap((set) => ['--set', set])])).parsed;
  assert.equal(profile.load[0]!.rates[0]!.to, 500);
  assert.deepEqual(
    profile.load[1]!.connections.map((span) => span.to),
    [3, 4],
  );
  assert.deepEqual([profile.load[0]!.reply.match, profile.load[0]!.reply.timeoutMs], ['order', 1000]);
  assert.deepEqual([profile.labels, profile.target.tls.insecure, profile.thresholds.length], [{ x: 'y' }, true, 3]);
});

test('precedence: flags, then WSURGE_*, then the profile, then defaults', async () => {
  const durations = async (words: string[], env: Record<string, string>) =>
    (await run(['dir/p.yaml', ...words], { env })).parsed.profile.load.map((load) => load.durationMs);
  assert.deepEqual(await durations([], {}), [20_000, 1000]);
  assert.deepEqual(await durations([], { WSURGE_DURATION: '4s' }), [4000, 4000]);
  assert.deepEqual(await durations(['-d', '3s'], { WSURGE_DURATION: '4s' }), [3000, 3000]);
  const { settings, parsed } = await run([URL], {
    env: { WSURGE_JSON: '1', WSURGE_PROGRESS: 'false', WSURGE_CONNECTIONS: '3', WSURGE_OUTPUT: '' },
  });
  assert.deepEqual([settings.json, settings.progress, settings.outputDir], [true, false, 'results']);
  assert.equal(parsed.profile.load[0]!.connections[0]!.to, 3);
  assert.equal((await run([URL, '--no-json'], { env: { WSURGE_JSON: '1' } })).settings.json, false);
});

test('bad values name their flag or variable, all at once', async () => {
  const words = [
    URL,
    '-c',
    'abc',
    '-R',
    '1e9',
    '-d',
    '0s',
    '-W',
    '5',
    '--model',
    'opn',
    '--seed',
    '-1',
    '--size',
    '10',
  ];
  assert.deepEqual(await slips(words, { env: { WSURGE_WORKERS: 'many', WSURGE_JSON: 'maybe' } }), [
    '--connections: "abc" is not a number [write it like 100 or 5k]',
    '--rate: "1e9" is out of range [from 0/s to 1,000,000/s]',
    '--duration: "0s" is out of range [from 1 ms to 168 h]',
    '--warmup: "5" has no unit [write 5s or 5ms]',
    'WSURGE_WORKERS: "many" is not a number [write a whole number or auto]',
    '--model: "opn" is not one of open, closed, listen [did you mean "open"?]',
    '--seed: "-1" is out of range [from 0 to 4,294,967,295]',
    'WSURGE_JSON: "maybe" is not true or false',
  ]);
  assert.deepEqual(await slips([URL, '-c', '0']), ['--connections: "0" is out of range [from 1 to 1,000,000]']);
  assert.deepEqual(await slips([URL, '-R', '5', '-r', '5']), [
    '--rate-per-connection: stands beside rate [keep one of them]',
  ]);
});

test('problems of flags come first, all of them; those of the profile once the flags are right', async () => {
  const files = { 'bad.yaml': 'durration: 5s\nload: [{ connections: 0, rate: 1 }]' };
  assert.deepEqual(await slips(['bad.yaml', '-w', 'x', '--nope', '1', '--match', 'maybe'], { files }), [
    '--nope: is not a flag of run [wsurge run --help lists them]',
    '--workers: "x" is not a number [write a whole number or auto]',
    '--match: "maybe" is not one of sequence, order, none [one of: sequence, order, none]',
  ]);
  assert.deepEqual(await slips(['bad.yaml', '--set', 'load.0.rate=x'], { files }), [
    '--set load.0.rate: "x" is not a rate [write it like 500/s, 5k/s or 30/m]',
    '1:1 durration: unknown key [did you mean "duration"?]',
    '2:23 load[0].connections: 0 is out of range [from 1 to 1,000,000]',
  ]);
});

test('a flag may take its value from a variable of the environment', async () => {
  const written = '$' + '{env:HOW_LONG}';
  const { profile } = (await run([URL, '-d', written], { env: { HOW_LONG: '7s' } })).parsed;
  assert.equal(profile.load[0]!.durationMs, 7000);
  assert.deepEqual(await slips([URL, '-d', written], { env: { HOW_LONG: 'long' } }), [
    `--duration: "${written}" is not a duration [write it like 30s, 500ms or 1m30s]`,
  ]);
});

test('with a profile, flags of a bare run are refused, and --set is named with the loads', async () => {
  const refused = 'says what a run without a profile does; with a profile it could mean any load';
  assert.deepEqual(await slips(['dir/p.yaml', '-c', '5', '--in-flight', '2'], { env: { WSURGE_RATE: '7' } }), [
    `--connections: ${refused} [set the load you mean: --set load.a.connections=5 or load.b.connections=5]`,
    `WSURGE_RATE: ${refused} [set the load you mean: --set load.a.rate=7 or load.b.rate=7]`,
    `--in-flight: ${refused} [set the load you mean: --set load.a.inFlight=2 or load.b.inFlight=2]`,
  ]);
});

test('with a profile, a value that its flag cannot have is told as that', async () => {
  assert.deepEqual(await slips(['dir/p.yaml', '-c', 'abc']), [
    '--connections: "abc" is not a number [write it like 100 or 5k]',
  ]);
});

/** One slip each, and the one line that must come of it. */
const SLIPS: readonly [words: readonly string[], problem: string][] = [
  [[], 'wsurge run: needs a profile or a URL [e.g. wsurge run report, or wsurge run ws://127.0.0.1:9001/]'],
  [
    ['nope.yaml'],
    "nope.yaml: cannot be read (ENOENT: no such file, open 'nope.yaml') [give the path of a profile, a name that `wsurge profiles` lists, or a URL that starts with ws:// or wss://]",
  ],
  [['http://u:pw@h/'], 'URL: "http://***@h/" is not a WebSocket URL [use ws:// instead of http://]'],
  [[URL, 'ws://u:pw@h/'], '"ws://***@h/": is one argument too many [give one profile or one URL]'],
  [[URL, '--durration', '5s'], '--durration: is not a flag of run [did you mean "--duration"?]'],
  [[URL, '--dry-rum'], '--dry-rum: is not a flag of run [did you mean "--dry-run"?]'],
  [[URL, '-z'], '-z: is not a flag of run [wsurge run --help lists them]'],
  [[URL, '-d', '1s', '-d', '2s'], '--duration: is given 2 times [give it once]'],
  [[URL, '-d'], '--duration: needs a value'],
  [[URL, '--no-duration'], '--duration: needs a value'],
  [[URL, '-H', 'secret'], "--header: is not a header [write it like -H 'Name: value']"],
  [[URL, '-H', 'a b: x'], '--header "a b": is not a header name'],
  [[URL, '--label', 'x'], '--label: "x" is not a label [write it like --label build=42]'],
  [
    [URL, '--threshold', 'p(95)<5'],
    '--threshold: "p(95)<5" is not a threshold [write it like --threshold \'ws_response_time: p(95)<50\']',
  ],
  [[URL, '--threshold', 'ws_pin: p(95)<5'], '--threshold ws_pin: unknown metric [did you mean "ws_ping"?]'],
  [
    [URL, '--threshold', 'ws_ping: p(95)<5', '--threshold', 'ws_ping: p95<5'],
    '--threshold ws_ping: "p95<5" is not a threshold [write `aggregation operator value`, e.g. p(95)<50]',
  ],
  [[URL, '--set', 'x'], '--set: "x" is not a setting [write it like --set load.NAME.rate=500/s]'],
  [[URL, '--set', 'load..rate=1'], '--set load..rate: names no key [write it like load.NAME.rate=500/s]'],
  [[URL, '--set', 'durration=1s'], '--set durration: unknown key [did you mean "duration"?]'],
  [[URL, '--set', 'load.nope.rate=1'], '--set load.nope.rate: there is no load "nope" [one of: load]'],
  [[URL, '--set', 'load.load.rate=x'], '--set load.load.rate: "x" is not a rate [write it like 500/s, 5k/s or 30/m]'],
  [
    [URL, '--set', '__proto__.x=1'],
    '--set __proto__.x: the key "__proto__" is not allowed [name a key of the profile]',
  ],
  [
    [URL, '--set', 'target.url.x=1'],
    '--set target.url.x: target.url.x cannot be set [what stands there is neither a mapping nor long enough a list]',
  ],
  [[URL, '--cacert', 'no.pem'], '--cacert: cannot read "no.pem" [ENOENT: no such file, open \'no.pem\']'],
  [[URL, '--cert', 'ca.pem'], '--cert: needs key [a client certificate is both]'],
  [['dir/p.yaml', '--only', 'aa/c10'], '--only: there is no load or cell "aa/c10" [did you mean "a"?]'],
];

for (const [words, problem] of SLIPS) {
  test(`refused: ${problem.slice(0, 70)}`, async () => {
    const lines = await slips(words, { files: { 'ca.pem': CERTIFICATE } });
    assert.deepEqual(lines, [problem]);
  });
}

test('a value that is broken YAML is refused with its flag, without its text', async () => {
  const [line] = await slips([URL, '--set', 'labels=[canary']);
  assert.match(line!, /^--set labels: not valid YAML: /);
  assert.doesNotMatch(line!, /canary/);
});
