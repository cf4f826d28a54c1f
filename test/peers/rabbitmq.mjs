// RabbitMQ with its STOMP over WebSocket, as a process of the test: a node name, folders and ports of its own, and an epmd
// of its own, which every Erlang node asks for. Ends both with its standard input.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const EPMD = '/usr/bin/epmd';
const LOOK_EVERY_MS = 50;
/** RabbitMQ takes a port of 0 for its usual one: each is one that was free just now, and others are tried where it no longer is. */
const TRIES = 3;
/** Bounds, so that nothing of it is left behind: of the start, and of the whole. */
const STARTED_WITHIN_MS = 120_000;
const LIFE_MS = 30 * 60_000;

const folder = mkdtempSync(path.join(tmpdir(), 'wsurge-rabbitmq-'));
const children = [];
let log = '';

function end() {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}
process.stdin.resume().once('end', end);
setTimeout(end, LIFE_MS);
const late = setTimeout(() => {
  process.stderr.write(`RabbitMQ did not start within ${STARTED_WITHIN_MS / 1000} s:\n${log}`);
  end();
}, STARTED_WITHIN_MS);

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

function begin(command, args, env) {
  const child = spawn(command, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const out of [child.stdout, child.stderr]) out.setEncoding('utf8').on('data', (text) => (log += text));
  child.once('error', (error) => (log += `${error}\n`));
  children.push(child);
  return child;
}

/** True once something listens there; false where the child ended instead. */
async function untilListening(child, port) {
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    if (await listens(port)) return true;
    await delay(LOOK_EVERY_MS);
  }
  return false;
}

async function start() {
  const [port, epmdPort, distPort] = [await freePort(), await freePort(), await freePort()];
  const names = { ERL_EPMD_PORT: `${epmdPort}`, ERL_EPMD_ADDRESS: '127.0.0.1' };
  // Without -daemon it stays the child of this process.
  if (!(await untilListening(begin(EPMD, ['-port', `${epmdPort}`], { ...process.env, ...names }), epmdPort)))
    return null;
  const at = (name) => path.join(folder, name);
  for (const name of ['mnesia', 'log']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('enabled_plugins'), '[rabbitmq_web_stomp].\n');
  writeFileSync(
    at('rabbitmq.conf'),
    [
      'listeners.tcp = none',
      'stomp.listeners.tcp = none',
      'web_stomp.tcp.ip = 127.0.0.1',
      `web_stomp.tcp.port = ${port}`,
      'log.console = true',
      'log.console.level = warning',
      'log.file = false',
      '',
    ].join('\n'),
  );
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', ...names },
    RABBITMQ_NODENAME: `wsurge-${process.pid}@localhost`,
    RABBITMQ_DIST_PORT: `${distPort}`,
    RABBITMQ_MNESIA_BASE: at('mnesia'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_PID_FILE: at('pid'),
    RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: at('advanced.config'),
    RABBITMQ_CONF_ENV_FILE: at('rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
    RABBITMQ_FEATURE_FLAGS_FILE: at('feature_flags'),
    RABBITMQ_GENERATED_CONFIG_DIR: at('generated'),
    // Then the script becomes the server, which has its process id.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
  const server = begin(SERVER, [], env);
  return (await untilListening(server, port)) ? { port, pid: server.pid } : null;
}

for (let tried = 0; tried < TRIES; tried++) {
  const found = await start();
  if (found === null) {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    continue;
  }
  clearTimeout(late);
  process.stdout.write(`${JSON.stringify(found)}\n`);
  break;
}
if (children.length === 0) {
  process.stderr.write(`RabbitMQ did not listen on any of ${TRIES} ports:\n${log}`);
  rmSync(folder, { recursive: true, force: true });
  process.exit(1);
}
