/** Tools that some tests need and that not every machine has. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { loadUws } from '../src/server/load-uws.js';

/** Debian's own, which its packages belong to; another one may come first on the PATH. */
export const PYTHON = '/usr/bin/python3';
export const RUBY = '/usr/bin/ruby';
export const PROMETHEUS = '/usr/bin/prometheus';
export const JAVA = '/usr/bin/java';
export const HDR_JAR = '/usr/share/java/hdrhistogram.jar';
export const NGINX = '/usr/sbin/nginx';
/** Not the one on the PATH, which changes to a user of its own. */
const RABBITMQ = '/usr/lib/rabbitmq/bin/rabbitmq-server';
export const MOSQUITTO = '/usr/sbin/mosquitto';
export const NATS_SERVER = '/usr/sbin/nats-server';
export const OPENSSL = '/usr/bin/openssl';
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

interface Tool {
  readonly name: string;
  /** The variable that makes the tool a must: it is set to 1 where the tool is known to be installed. */
  readonly requiredBy: 'WSURGE_REQUIRE_UWS' | 'WSURGE_REQUIRE_PEERS' | 'WSURGE_REQUIRE_TOOLS';
  /** The line that installs it, or null where it is there. */
  readonly missing: () => string | null | Promise<string | null>;
}

const TOOLS = {
  uws: {
    name: 'uWebSockets.js',
    requiredBy: 'WSURGE_REQUIRE_UWS',
    missing: async () => {
      const found = await loadUws();
      return found.status === 'loaded' ? null : found.installLine;
    },
  },
  fastapi: python('fastapi', 'uvicorn', 'websockets'),
  websockets: python('websockets'),
  socketIo: npm('socket.io'),
  socketIoClient: npm('socket.io-client'),
  graphqlWs: npm('graphql-ws'),
  ganache: npm('ganache'),
  signalRClient: npm('@microsoft/signalr'),
  phoenixClient: npm('phoenix'),
  actionCableClient: npm('@rails/actioncable'),
  pusherClient: npm('pusher-js'),
  centrifugeClient: npm('centrifuge'),
  stompClient: npm('@stomp/stompjs'),
  aedes: npm('aedes'),
  kubernetesModels: npm('kubernetes-models'),
  mosquitto: {
    ...system('mosquitto', () => existsSync(MOSQUITTO), 'mosquitto'),
    requiredBy: 'WSURGE_REQUIRE_PEERS',
  },
  actionCable: ruby('action_cable', 'puma'),
  nginx: {
    ...system('nginx', () => existsSync(NGINX), 'nginx-light'),
    requiredBy: 'WSURGE_REQUIRE_PEERS',
  },
  rabbitmq: {
    ...system('RabbitMQ', () => existsSync(RABBITMQ), 'rabbitmq-server'),
    requiredBy: 'WSURGE_REQUIRE_PEERS',
  },
  chromium: system('chromium', () => CHROMIUM !== undefined, 'chromium'),
  prometheus: system('Prometheus', () => existsSync(PROMETHEUS), 'prometheus'),
  hdrHistogram: system(
    'HdrHistogram in Java',
    () => existsSync(JAVA) && existsSync(HDR_JAR),
    'default-jre-headless libhdrhistogram-java',
  ),
  natsServer: system('nats-server', () => existsSync(NATS_SERVER), 'nats-server'),
  namespaces: system('root, and network and time namespaces', hasNamespaces, 'iproute2 util-linux'),
  openssl: system('openssl', () => existsSync(OPENSSL), 'openssl'),
  zsh: system('zsh', () => runs('zsh'), 'zsh'),
  fish: system('fish', () => runs('fish'), 'fish'),
} satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

/**
 * Whether a test that needs this tool is skipped here: false where the tool is there, else the reason with the line that
 * installs it. Where the tool is required and missing, the whole file fails.
 */
export async function skipWithout(name: ToolName): Promise<string | false> {
  const tool: Tool = TOOLS[name];
  const installLine = await tool.missing();
  if (installLine === null) return false;
  const reason = `needs ${tool.name}: ${installLine}`;
  if (process.env[tool.requiredBy] !== '1') return reason;
  throw new Error(`${reason} (${tool.requiredBy}=1 makes it a must)`);
}

/** The same for what needs no tool but takes half a minute: it runs where the peers are required. */
export function skipUnlessPeers(): string | false {
  return process.env['WSURGE_REQUIRE_PEERS'] === '1' ? false : 'takes half a minute: WSURGE_REQUIRE_PEERS=1 has it run';
}

function hasNamespaces(): boolean {
  const tries = [
    ['ip', 'netns', 'list'],
    ['unshare', '--net', '--time', '--monotonic', '1000', '--fork', 'true'],
  ];
  return tries.every(([file, ...args]) => spawnSync(file!, args, { stdio: 'ignore' }).status === 0);
}

function runs(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true'], { stdio: 'ignore' }).status === 0;
}

function python(...modules: string[]): Tool {
  const packages = modules.map((module) => `python3-${module}`).join(' ');
  return {
    name: `${modules.join(', ')} for ${PYTHON}`,
    requiredBy: 'WSURGE_REQUIRE_PEERS',
    missing: () => {
      const { status } = spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
      return status === 0 ? null : `apt-get install ${packages}`;
    },
  };
}

function ruby(...libraries: string[]): Tool {
  return {
    name: `${libraries.join(', ')} for ${RUBY}`,
    requiredBy: 'WSURGE_REQUIRE_PEERS',
    missing: () => {
      const { status } = spawnSync(RUBY, libraries.flatMap((library) => ['-r', library]).concat('-e', ''), {
        stdio: 'ignore',
      });
      return status === 0 ? null : 'apt-get install ruby-actioncable puma';
    },
  };
}

/** Servers and clients that the lockfile does not know. One line installs them all, for npm drops what an earlier line brought. */
function npm(name: string): Tool {
  const file = new URL('../../test/peers/npm-packages.txt', import.meta.url);
  return {
    name,
    requiredBy: 'WSURGE_REQUIRE_PEERS',
    missing: () => {
      if (isInstalled(name)) return null;
      return `npm install --no-save ${readFileSync(file, 'utf8').trim().split('\n').join(' ')}`;
    },
  };
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

function system(name: string, isThere: () => boolean, packages: string): Tool {
  return {
    name,
    requiredBy: 'WSURGE_REQUIRE_TOOLS',
    missing: () => (isThere() ? null : `apt-get install ${packages}`),
  };
}
