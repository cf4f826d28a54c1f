/** The `check` key of a profile for a server that was looked at: what was found stands there, the rest as comments. */
import type { ServerKind } from '../../check/look/server-kind.js';

/** Where a promise stands below `check`: `binary`, `answers.invalidJson`. */
export type PromiseName = (typeof OFFERS)[number]['name'];

/** What was found, as YAML: it is written instead of the example. */
export type FoundPromises = Partial<Readonly<Record<PromiseName, string>>>;

interface Offer {
  readonly name: string;
  /** YAML on one line, valid as it stands. */
  readonly example: string;
  /** Kinds of server that it makes sense for; absent: all. */
  readonly fits?: readonly ServerKind['name'][];
  /** TLS only. */
  readonly isTls?: boolean;
}

const ECHOES = ['bot', 'echo', 'json-echo', 'wrapped-echo', 'binary-echo'] as const;
/** A plain echo repeats any text, so that no text is a bad message. */
const READS_JSON = [
  ...(['bot', 'json-echo', 'wrapped-echo', 'by-id', 'answers'] as const),
  ...(['relay', 'refuses', 'silent'] as const),
];
const TAKES_TEXT = [...READS_JSON, 'echo'] as const;
const TAKES_MESSAGES = [...TAKES_TEXT, 'binary-echo', 'protocol'] as const;

/** Every promise that a profile can make, in the order of the schema. */
const OFFERS = [
  { name: 'envelope', example: `'{"content":{{content}}}'`, fits: TAKES_TEXT },
  { name: 'binary', example: 'echo', fits: TAKES_MESSAGES },
  { name: 'largest', example: '1MB', fits: ECHOES },
  { name: 'subprotocol', example: 'chat.v1' },
  { name: 'compression', example: 'declined' },
  { name: 'headers', example: '{ server: my-server }' },
  { name: 'cors', example: "{ origin: 'https://example.com', allow: '*' }" },
  { name: 'wrongPath', example: '{ path: /no-such-path }' },
  { name: 'missingUpgrade', example: '426' },
  { name: 'keepAlive', example: '30s' },
  {
    name: 'requests.stream',
    example: `{ send: '{"type":"stream","count":{{count}},"rate":{{rate}}}', index: index }`,
    fits: TAKES_TEXT,
  },
  {
    name: 'requests.close',
    example: `{ send: '{"type":"close","code":{{code}},"reason":{{reason}}}' }`,
    fits: TAKES_TEXT,
  },
  {
    name: 'requests.broadcast',
    example: `{ send: '{"type":"message","room":{{room}},"content":{{content}}}', field: content }`,
    fits: TAKES_TEXT,
  },
  { name: 'requests.stats', example: `{ send: '{"type":"stats"}', connections: connections }`, fits: TAKES_TEXT },
  { name: 'answers.invalidJson', example: '{ contains: error }', fits: READS_JSON },
  { name: 'answers.missingField', example: '{ contains: error }', fits: READS_JSON },
  { name: 'answers.malformed', example: '{ contains: error }', fits: READS_JSON },
  { name: 'answers.oversized', example: '{ bytes: 1MiB, contains: error }', fits: TAKES_TEXT },
  { name: 'answers.frameLimit', example: '1MiB' },
  { name: 'security.unauthenticated', example: '401' },
  { name: 'security.wrongOrigin', example: "{ origin: 'https://wrong.example', refusal: 403 }" },
  { name: 'security.quota', example: '{ messages: 1000, close: 1008 }', fits: TAKES_MESSAGES },
  { name: 'security.connectionLimit', example: '{ connections: 100, refusal: 503 }' },
  { name: 'security.isolation', example: 'true', fits: ECHOES },
  { name: 'security.certificate', example: 'verified', isTls: true },
  { name: 'security.minimumTls', example: "'1.2'", isTls: true },
  { name: 'security.compressionBomb', example: '1009' },
  { name: 'security.hugeLength', example: '1009' },
] as const satisfies readonly Offer[];

export const PROMISE_NAMES: readonly PromiseName[] = OFFERS.map(({ name }) => name);

const SECTIONS = ['requests', 'answers', 'security'] as const;

/** Each line is valid by itself, with its `# ` and without. */
export function promisesText(kind: ServerKind['name'], isSecure: boolean, found: FoundPromises): string {
  const fitting = OFFERS.filter((offer: Offer) => {
    const fits = offer.fits?.includes(kind) ?? true;
    return fits && (isSecure || offer.isTls !== true);
  });
  const lineOf = ({ name, example }: (typeof OFFERS)[number], key: string) => {
    const said = found[name];
    return said === undefined ? `# ${key}: ${example}` : `${key}: ${said}`;
  };
  const plain = fitting.filter(({ name }) => !name.includes('.')).map((offer) => `  ${lineOf(offer, offer.name)}`);
  const sections = SECTIONS.flatMap((section) => {
    const own = fitting.filter(({ name }) => name.startsWith(`${section}.`));
    if (own.length === 0) return [];
    return [`  ${section}:`, ...own.map((offer) => `    ${lineOf(offer, offer.name.slice(section.length + 1))}`)];
  });
  return `
# What your server promises. What was found stands without a #. Remove the # of whatever else is so, with your own
# values, and it is checked; docs/guide/check.md has more.
check:
${[...plain, ...sections].join('\n')}
`;
}
