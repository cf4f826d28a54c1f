/** The profile that fits what a look at a server found. */
import type { EchoForm } from '../../check/echo-form.js';
import type { Found, KnownProtocol, ServerKind } from '../../check/look/server-kind.js';
import type { ShownPromises } from '../../check/look/shown-promises.js';
import { PROTOCOLS, type ProtocolName } from '../../profile/protocols.js';
import { type FoundPromises, promisesText } from './found-promises.js';
import { SENDING_LOAD } from './init-files.js';

export interface FoundFacts {
  readonly url: string;
  readonly subprotocols: readonly string[];
  /** Headers that were given; their values are not written. */
  readonly headerNames: readonly string[];
  readonly insecure: boolean;
  /** What was found, safe to stand in a comment. */
  readonly sentence: string;
  readonly kind: ServerKind;
  /** Messages came that nobody asked for, beside a greeting. */
  readonly spontaneous: boolean;
  readonly binary: Found['binary'];
  readonly textEnds: Found['textEnds'];
  readonly shown: ShownPromises;
  readonly file: string;
}

/** YAML with comments. Of the server's own words only plain names get into it. */
export function foundProfileText(facts: FoundFacts): string {
  const { message, reply, load } = partsOf(facts);
  const isSecure = facts.url.startsWith('wss');
  const parts = [
    `# What was found: ${facts.sentence}
# Check it: wsurge check ${facts.file}. Load it: wsurge run ${facts.file} --dry-run, then wsurge run ${facts.file}
# All keys: wsurge schema profile
name: my-server
`,
    targetText(facts),
    [message, reply].filter((part) => part !== '').join('\n'),
    load,
    facts.kind.name === 'closes' ? '' : promisesText(facts.kind.name, isSecure, foundPromises(facts)),
  ];
  return `${parts.filter((part) => part !== '').join('\n')}`;
}

function targetText({ url, subprotocols, headerNames, insecure }: FoundFacts): string {
  const named = subprotocols.filter(isPlain);
  const headers = headerNames
    .filter(isPlain)
    .map((name) => `${name}: '\${env:${name.toUpperCase().replace(/\W/g, '_')}}'`);
  return [
    '# Where the server listens. To have it started and stopped as well, add: command: node server.js',
    'target:',
    `  url: ${JSON.stringify(url)}`,
    ...(named.length === 0 ? [] : [`  subprotocols: [${named.join(', ')}]`]),
    ...(insecure ? ['  tls: { insecure: true }'] : []),
    ...(headers.length === 0
      ? [`# Secrets stay outside of this file: headers: { authorization: 'Bearer \${env:TOKEN}' } below target.`]
      : [
          '  # The values of your headers are not written. Set these variables, and remove the #:',
          `  # headers: { ${headers.join(', ')} }`,
        ]),
    '',
  ].join('\n');
}

interface Parts {
  readonly message: string;
  readonly reply: string;
  readonly load: string;
}

function partsOf({ kind, spontaneous }: FoundFacts): Parts {
  switch (kind.name) {
    case 'bot':
    case 'echo':
      return {
        message:
          '# What is sent: JSON with a sequence number, by which each reply is found.\nmessage: { format: json, size: 64 }',
        reply: 'reply: { match: sequence }\n',
        load: SENDING_LOAD,
      };
    case 'binary-echo':
      return {
        message: 'message: { format: binary, size: 64 }',
        reply: 'reply: { match: sequence }\n',
        load: SENDING_LOAD,
      };
    case 'json-echo':
    case 'wrapped-echo':
      return echoParts(kind.form, spontaneous);
    case 'by-id':
      return {
        message: `${OWN_MESSAGE}\nmessage:\n  template: '{"type":"message","id":{{sequence}},"content":"hello"}'`,
        reply: isPlain(kind.field)
          ? `# The field of a reply that carries the number.\nreply: { match: sequence, field: ${kind.field} }\n`
          : 'reply: { match: sequence, echo: none }\n',
        load: SENDING_LOAD,
      };
    case 'answers':
      return {
        message: `${OWN_MESSAGE}\nmessage:\n  template: '{"type":"message","id":{{sequence}},"content":"hello"}'`,
        reply: '# Each message is answered once, in the order in which they were sent.\nreply: { match: order }\n',
        load: SENDING_LOAD,
      };
    case 'relay':
      return {
        message: `${OWN_MESSAGE}\nmessage:\n  template: '{"type":"message","content":"{{sequence}}"}'`,
        reply:
          '# The sender gets nothing back; how the others are reached stands under check.\nreply: { match: none }\n',
        load: SENDING_LOAD_WITHOUT_REPLIES,
      };
    case 'silent':
      return {
        message: 'message: { format: json, size: 64 }',
        reply:
          '# Nothing was answered. If replies come to other messages: match: sequence, or order.\nreply: { match: none }\n',
        load: SENDING_LOAD_WITHOUT_REPLIES,
      };
    case 'pushes':
      return {
        message: '',
        reply: '',
        load: listenText('The server pushes: connections listen, and send nothing.', 10),
      };
    case 'protocol':
      if (SPOKEN[kind.protocol] !== undefined) return spokenParts(SPOKEN[kind.protocol]!);
      return {
        message: '',
        reply: '',
        load: listenText(
          `A profile cannot send the first frame of ${kind.protocol} yet, which the server waits for on each connection.\n  # So connections are held in silence, for less time than servers wait. wsurge check does send that frame.`,
          2,
        ),
      };
    case 'session':
      // Only a profile can name a session, and --init takes none.
      throw new Error('there is a profile already');
    case 'closes':
      return {
        message: '',
        reply: '',
        load: listenText(
          'Every connection was closed at once: name headers, a path or a sub-protocol under target first.',
          2,
        ),
      };
    case 'refuses':
      return {
        message: '',
        reply: '',
        load: listenText(
          'Every message that was tried ended the connection: connections are held in silence until a message is known.',
          10,
        ),
      };
  }
}

/** What a profile calls a protocol that was recognised. */
const SPOKEN: Readonly<Partial<Record<KnownProtocol, ProtocolName>>> = {
  'socket.io': 'socket.io',
  'graphql-transport-ws': 'graphql-ws',
  SignalR: 'signalr',
};

/** Connections open as clients of the protocol do; only their owner knows what to send. */
function spokenParts(protocol: ProtocolName): Parts {
  const { options } = PROTOCOLS[protocol];
  const more = options.length === 0 ? '' : ` Options, as protocol: { name: ${protocol}, ... }: ${options.join(', ')}.`;
  return {
    message: `# What the server speaks.${more}\nprotocol: ${protocol}`,
    reply: '',
    load: listenText(
      `Connections open as clients of it do, and answer its heartbeat. To send as well: session and requests, as in\n  # wsurge init --protocol ${protocol} --print`,
      10,
    ),
  };
}

const OWN_MESSAGE =
  '# What is sent. Put a message here that your server knows; {{sequence}} is a number of ten digits.';

const SENDING_LOAD_WITHOUT_REPLIES = `load:
  - { name: concurrency, sweep: { connections: [1, 10, 50, 100] }, rate: 500/s }

# Of every step: a second to warm up, then ten that count.
warmup: 1s
duration: 10s
`;

function listenText(why: string, seconds: number): string {
  return `load:
  # ${why}
  - { name: listen, connections: 10, rate: 0 }

warmup: 0s
duration: ${seconds}s
`;
}

function echoParts({ envelope, carrier }: EchoForm, spontaneous: boolean): Parts {
  const field = carrier?.path.at(-1);
  if (envelope === null) {
    const reply = spontaneous
      ? "# Replies are found by the number in them, and the words around it are the server's. Under load, since it is not\n# how wsurge check judges them."
      : "# The words of a reply are the server's own; each message is answered once, in order.\nreply: { match: order }\n";
    const own = '{ match: sequence, echo: none }';
    return {
      message: "message: { format: text, template: 'hello {{sequence}}' }",
      reply,
      load: spontaneous ? SENDING_LOAD.replaceAll(/(rate: [^\n]*?) \}\n/g, `$1, reply: ${own} }\n`) : SENDING_LOAD,
    };
  }
  const template = envelope.replace('{{content}}', '"{{sequence}}"').replace(/"id":\d+/, '"id":{{sequence}}');
  const isDirect = carrier !== null && carrier.as === 'json' && field !== undefined && isPlain(field);
  const isSame = isDirect && carrier.path.length === 1 && envelope.includes(`"${field}":{{content}}`);
  return {
    message: `# What is sent; {{sequence}} is a number of ten digits, by which each reply is found.\nmessage:\n  template: ${single(template)}`,
    reply: isDirect
      ? `# The field of a reply that carries the content.\nreply: { match: sequence, field: ${field}${isSame ? `, echo: 'field:${field}'` : ''} }\n`
      : 'reply: { match: sequence }\n',
    load: SENDING_LOAD,
  };
}

/** What the look and the handshakes showed, as the values of the profile's `check`. */
function foundPromises({ kind, shown, binary, textEnds, spontaneous }: FoundFacts): FoundPromises {
  const { subprotocol, compression, wrongPath, missingUpgrade, keepAliveMs } = shown;
  const envelope = 'form' in kind ? kind.form.envelope : null;
  // What other clients sent would have come unasked.
  const isolated = 'form' in kind && !spontaneous;
  const closes = textEnds === null || NOT_ON_THE_WIRE.has(textEnds.code) ? null : textEnds.code;
  const values: Readonly<Record<string, string | null>> = {
    envelope: envelope === null ? null : single(envelope),
    binary: binary ? 'echo' : null,
    subprotocol: subprotocol !== null && isPlain(subprotocol) ? single(subprotocol) : null,
    compression,
    wrongPath: wrongPath === null ? null : `{ path: ${wrongPath.path}, status: ${wrongPath.status} }`,
    missingUpgrade: missingUpgrade === null ? null : String(missingUpgrade),
    keepAlive: keepAliveMs === null ? null : `${keepAliveMs}ms`,
    'answers.invalidJson': closes === null ? null : `{ close: ${closes} }`,
    'security.isolation': isolated ? 'true' : null,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** They say that no close frame or no code came. */
const NOT_ON_THE_WIRE: ReadonlySet<number> = new Set([1004, 1005, 1006, 1015]);

/** Names that mean nothing to YAML, to \`\${env:X}\` and to tokens. */
function isPlain(name: string): boolean {
  return /^[A-Za-z_][\w.-]{0,63}$/.test(name);
}

function single(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
