/** Secrets of a run over agents: they reach the server, cross no bus that others can read, and stand in no output. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { natsServer } from '../bus/nats-server.js';
import { OPENSSL, skipWithout } from '../needs.js';
import { CERTIFICATE, KEY } from '../server/certificate.js';
import { TempScripts } from '../target/scripts-fixture.js';
import { fleetOf } from './fleet-fixture.js';
import { answering, wsServer } from './local-server.js';
import { testNetwork } from './namespaces.js';
import { type CliRun, COUNTED_RUN, runCli } from './run-cli.js';
import { assertHidden } from './secret-spellings.js';
import { type SpawnedCli, spawnCli } from './spawn-cli.js';

const skip = await skipWithout('natsServer');

/** Distinct strings, so that a leak names its source. None is a word that turns up by itself. */
const SECRETS = {
  query: 'qu3ry-Hb6yGd8s',
  header: 'h3ader/Fj1c+Xe5k=',
  env: 'tok3n%Ny4oTi6g',
  row: 'r0w-Vt5mJk2z',
};
const ENV = { HEADER_SECRET: SECRETS.header, TOKEN_SECRET: SECRETS.env };
const FILES = {
  'p.yaml': `
name: guarded
data: users.csv
load: [{ name: steady, connections: 4, rate: 40/s }]
target: { url: 'ws://127.0.0.1:1/', headers: { X-Api-Key: '\${secret:HEADER_SECRET}' } }
message: { template: '{"type":"message","sequence":{{sequence}},"content":"{{env.TOKEN_SECRET}} {{data.pin}}"}' }
warmup: 0s
duration: 500ms
`,
  'users.csv': `pin\n${Array.from({ length: 8 }, (_, i) => `${SECRETS.row}${i}`).join('\n')}\n`,
};

const asked = (url: string, flags: readonly string[]) => [
  ...[...COUNTED_RUN, 'p.yaml', '--target', `${url.replace(/\/$/, '')}/?key=${SECRETS.query}`, '--events', '-'],
  ...flags,
];

/** Everything that a run and its agents have said and left behind. */
async function assertAllHidden(
  { stdout, stderr, files }: Pick<CliRun, 'stdout' | 'stderr' | 'files'>,
  agents: readonly SpawnedCli[],
) {
  assertHidden({ stdout, stderr, ...files }, SECRETS);
  for (const [i, agent] of agents.entries()) {
    const name = `agent ${i}`;
    assertHidden({ [`${name} stdout`]: agent.stdout(), [`${name} stderr`]: agent.stderr() }, SECRETS);
    assert.deepEqual(await agent.leftovers(), {}, 'nothing is written to the disk of an agent');
  }
}

describe('the secrets of a fleet', { skip }, () => {
  it('reach the server over a broker on this machine, and no output of either side', async (t) => {
    const requests: string[] = [];
    const messages: string[] = [];
    let listing: Promise<CliRun> | null = null;
    const { broker, agents, flags } = await fleetOf(t, ['one', 'two']);
    const server = await wsServer({
      onConnection: (_ws, _ordinal, { url, headers }) => requests.push(`${url} ${headers['x-api-key']}`),
      onMessage: (ws, data, binary) => {
        messages.push(String(data));
        // While both have the run.
        listing ??= runCli(['agents', '--nats', `nats://${broker.address}`, '--json']);
        ws.send(data, { binary });
      },
    });
    t.after(() => server.stop());
    const run = await runCli(asked(server.url, flags), { env: ENV, files: FILES });
    assert.ok(run.result !== null, run.stderr);
    assert.deepEqual(run.result.cells[0]!.laws, []);
    const names = ['intervals.ndjson', 'report.html', 'report.md', 'result.json', 'run.json'];
    assert.deepEqual(Object.keys(run.files).sort(), names);
    for (const secret of [SECRETS.query, SECRETS.header]) assert.ok(requests.every((text) => text.includes(secret)));
    for (const secret of [SECRETS.env, SECRETS.row]) assert.ok(messages.every((text) => text.includes(secret)));
    const listed = await listing!;
    assert.match(listed.stdout, /"kind": ?"busy"/);
    assertHidden({ stdout: listed.stdout, stderr: listed.stderr }, SECRETS);
    await assertAllHidden(run, agents);
  });

  it('are struck out of what a server says that refuses them, or answers with all it was told', async (t) => {
    const { agents, flags } = await fleetOf(t, ['one', 'two']);
    // The row of the test connection is the last one.
    const body = `no: ${Object.values(SECRETS).join(' ')}7 \x1b[31m`;
    const head = `HTTP/1.1 401 ${SECRETS.query}\r\nX-Why: ${SECRETS.header}\r\n`;
    const refusing = await answering(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    t.after(() => refusing.stop());
    const talking = await wsServer({ onMessage: (ws, data) => ws.send(`no: ${data} ${body}`) });
    t.after(() => talking.stop());
    const closing = await wsServer({ onMessage: (ws, data) => ws.close(4001, String(data).slice(40, 150)) });
    t.after(() => closing.stop());
    for (const [server, code, said] of [
      [refusing, 103, /it says: no: /],
      [talking, 104, /it said: no: /],
      [closing, 104, /4001/],
    ] as const) {
      const run = await runCli(asked(server.url, flags), { env: ENV, files: FILES });
      assert.equal(run.code, code, run.stderr);
      assert.match(run.stderr, said);
      assert.match(agents[0]!.stderr(), /is refused: /);
      await assertAllHidden(run, agents);
    }
  });

  it('cross a broker that has TLS', async (t) => {
    const configuration = 'tls { cert_file: "cert.pem", key_file: "key.pem" }';
    const broker = await natsServer(configuration, { 'cert.pem': CERTIFICATE, 'key.pem': KEY });
    t.after(() => broker.stop());
    const nats = `tls://${broker.address}`;
    const ca = new TempScripts();
    t.after(() => ca.remove());
    const env = { ...ENV, NATS_CA: ca.write('ca.pem', CERTIFICATE) };
    const flags = ['agent', '--nats', nats, '--name', 'one', '--workers', '1'];
    const agent = await spawnCli(t, flags, {}, ['env', `NATS_CA=${env.NATS_CA}`]);
    await agent.printed('is up');
    const server = await wsServer();
    t.after(() => server.stop());
    const run = await runCli(asked(server.url, ['--agents', '1', '--nats', nats]), { env, files: FILES });
    assert.ok(run.result !== null, run.stderr);
    assert.deepEqual(run.result.cells[0]!.laws, []);
    await assertAllHidden(run, [agent]);
  });
});

describe('the secrets of a fleet on a network', {
  skip: skip || (await skipWithout('namespaces')) || (await skipWithout('openssl')),
}, () => {
  it('do not cross a plain broker of another machine: 104, with what to do, and no agent is taken; with TLS they do', async (t) => {
    const network = testNetwork(t, 1);
    const certificate = certificateFor(t, network.hub);
    const server = await spawnCli(t, ['serve', '--engine', 'ws', '--json', '--host', network.hub], {}, network.onHub);
    await server.printed('"url"');
    const { url } = JSON.parse(server.stdout().split('\n')[0]!) as { url: string };
    const fleet = async (scheme: 'nats' | 'tls') => {
      const configuration = scheme === 'nats' ? '' : 'tls { cert_file: "cert.pem", key_file: "key.pem" }';
      const files = { 'cert.pem': certificate.cert, 'key.pem': certificate.key };
      const broker = await natsServer(configuration, files, { host: network.hub, before: network.onHub });
      t.after(() => broker.stop());
      const nats = ['--nats', `${scheme}://${broker.address}`];
      const env = ['env', ...(scheme === 'nats' ? [] : [`NATS_CA=${certificate.file}`])];
      const words = ['agent', '--name', 'm0', '--workers', '1', ...nats];
      const agent = await spawnCli(t, words, {}, [...network.on(0, 1000), ...env]);
      await agent.printed('is up');
      const secret = Object.entries(ENV).map(([name, value]) => `${name}=${value}`);
      const args = asked(url, ['--agents', '1', ...nats]);
      const run = await spawnCli(t, args, FILES, [...network.onHub, ...env, ...secret]);
      return { agent, run, code: await run.exit };
    };
    const plain = await fleet('nats');
    assert.equal(plain.code, 104, plain.run.stderr());
    const what = 'headers, a password or query in a URL, values of {{env}}, rows of data';
    assert.ok(plain.run.stderr().includes(`has what others must not read: ${what}`), plain.run.stderr());
    assert.match(
      plain.run.stderr(),
      /use tls:\/\/BROKER:4222 \(NATS_CA names the authority\), or a broker on this machine/,
    );
    assert.doesNotMatch(plain.agent.stdout(), /begins/);
    const tls = await fleet('tls');
    assert.ok(tls.code === 0 || tls.code === 98, `${tls.code}: ${tls.run.stderr()}`);
    await tls.agent.printed('ends after 1 cell');
    for (const { run, agent } of [plain, tls]) {
      const left = Object.entries(await run.leftovers()).filter(([name]) => !(path.basename(name) in FILES));
      assert.equal(left.length > 0, run === tls.run);
      const [stdout, stderr] = [run.stdout(), run.stderr()];
      await assertAllHidden({ stdout, stderr, files: Object.fromEntries(left) }, [agent]);
    }
  });
});

/** A certificate of its own for an address, and the file that it is in. */
function certificateFor(t: TestContext, ip: string) {
  const scripts = new TempScripts();
  t.after(() => scripts.remove());
  const [file, keyFile] = [scripts.write('cert.pem', ''), scripts.write('key.pem', '')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=broker', '-addext', `subjectAltName=IP:${ip}`];
  const made = spawnSync(OPENSSL, [...request, ...names, '-keyout', keyFile, '-out', file], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  return { file, cert: readFileSync(file, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}
