import { z } from 'zod';
import { bytes, choice, count, duration, flag, mapping, scalarText, text } from './values.js';

/** The `check` key: what the server is expected to do. Part of the schema of a profile. */

const KIB = 1024;
const MIB = 1024 * KIB;
const HOUR_MS = 3_600_000;

const none = choice('none: the server does not do this; the checks are skipped.', ['none']);

function orNone<T extends z.ZodType>(value: T, description: string) {
  return z.union([value, none]).meta({ description }).optional();
}

const status = (description: string) => count(description, { min: 200, max: 599 });
const closeCode = (description: string) => count(description, { min: 1000, max: 4999 });
const refusal = (description: string) => count(description, { min: 400, max: 4999 });
const template = (description: string) => text(description, { max: 16 * KIB });
const field = (description: string) => text(description, { max: 256 });

const answer = {
  contains: text('The reply contains this text and the connection stays usable.', { max: 1000 }).optional(),
  close: closeCode('The connection is closed with this code instead.').optional(),
};

const badMessage = (description: string) =>
  orNone(
    mapping('The answer to a bad message: contains or close.', {
      send: template('The message, if it is not the usual one.').optional(),
      ...answer,
    }),
    description,
  );

const requests = mapping('Messages that ask the server to do something. Tokens stand for JSON values.', {
  stream: orNone(
    mapping('Asks for numbered messages.', {
      send: template('The request, with {{count}}, {{rate}} and, if the server takes one, {{size}}.'),
      index: field('JSON field that counts the messages up by one.'),
      timestamp: field('JSON field with the time at which a message was sent.').optional(),
    }),
    'How to have the server push messages.',
  ),
  close: orNone(
    mapping('Asks the server to close.', {
      send: template('The request, with {{code}} and {{reason}}.'),
      codes: z
        .array(closeCode('A close code.'))
        .min(1)
        .max(20)
        .meta({ description: 'Codes to ask for. Default 1001, 1003, 1011.' })
        .optional(),
    }),
    'How to have the server close the connection.',
  ),
  broadcast: orNone(
    mapping('Sends to all members of a room.', {
      join: template('The request that enters a room, with {{room}}.').optional(),
      send: template('The request that sends to it, with {{room}} and {{content}}.'),
      field: field('JSON field in which the others receive the content.').optional(),
    }),
    'How to reach all connections in a room.',
  ),
  stats: orNone(
    mapping('Asks how many connections are open.', {
      send: template('The request.'),
      connections: field('JSON field of the answer with the number of open connections.'),
    }),
    'How to ask for the number of open connections.',
  ),
});

const answers = mapping('What bad messages are answered with.', {
  invalidJson: badMessage('The answer to text that is not JSON.'),
  missingField: badMessage('The answer to a message that lacks a field.'),
  malformed: badMessage('The answer to JSON of the wrong shape.'),
  oversized: orNone(
    mapping('The answer to a message that is too large.', {
      bytes: bytes('The smallest size that is refused.', { min: 1, max: 64 * MIB }),
      ...answer,
    }),
    'The answer to a message over the limit of the application.',
  ),
  frameLimit: orNone(
    bytes('Above this size the connection is closed with 1009.', { min: KIB, max: 64 * MIB }),
    'The limit of the protocol: a larger message closes the connection with 1009.',
  ),
});

const security = mapping('What the server refuses. If a key is missing, its check is skipped.', {
  unauthenticated: refusal(
    'How a client without credentials is refused: 401, 403 or a close code such as 4401.',
  ).optional(),
  wrongOrigin: mapping('An Origin that is refused.', {
    origin: text('The Origin to send. Default https://wrong.example.').optional(),
    refusal: refusal('Status or close code. Default 403.').optional(),
  }).optional(),
  quota: mapping('How many messages a connection may send.', {
    messages: count('Number of messages that are accepted.', { min: 1, max: 100_000 }),
    close: closeCode('Close code for the next one.'),
  }).optional(),
  connectionLimit: mapping('How many connections are accepted.', {
    connections: count('Number of connections that are accepted.', { min: 1, max: 1000 }),
    refusal: refusal('Status or close code for the next one. Default 503.').optional(),
  }).optional(),
  isolation: flag('No message of one connection reaches another.').optional(),
  certificate: choice('verified: the certificate is one that clients accept.', ['verified']).optional(),
  minimumTls: choice('Older versions of TLS are refused.', ['1.2', '1.3']).optional(),
  compressionBomb: closeCode(
    'Close code for a small message that inflates to a huge one; 1002 if compression is off.',
  ).optional(),
  hugeLength: closeCode('Close code for a frame header that announces 2^63 bytes.').optional(),
});

/** A section that may be left out, or have nothing but comments in it. */
function orNothing<T extends z.ZodType>(section: T) {
  return section.nullish().describe(section.description ?? '');
}

export const CHECK_SCHEMA = mapping(
  'What `wsurge check` may expect of the server. If a key is missing, its check is skipped.',
  {
    protocol: choice(
      'The protocol of the server: bot (that of `wsurge serve`), echo (it repeats messages), or auto (default: find out).',
      ['auto', 'bot', 'echo'],
    ).optional(),
    envelope: template(
      'A message the server echoes, with {{content}} for a JSON value. Default: the content alone.',
    ).optional(),
    binary: choice('echo: binary messages come back. none: they do not.', ['echo', 'none']).optional(),
    largest: bytes('Largest content that comes back. Default 1MB.', { min: 1, max: 16 * MIB }).optional(),
    subprotocol: text('A sub-protocol that the server chooses if it is offered, or none.', { max: 256 }).optional(),
    compression: choice('Whether the server accepts permessage-deflate if it is offered.', [
      'accepted',
      'declined',
    ]).optional(),
    headers: z
      .record(text('Header name.'), scalarText('Its value.', 4096))
      .meta({ description: 'Headers that the response to the upgrade has.' })
      .optional(),
    cors: orNone(
      mapping('The answer to an Origin.', {
        origin: text('The Origin to send.'),
        allow: text('The value of Access-Control-Allow-Origin.'),
      }),
      'The CORS header of the response.',
    ),
    wrongPath: orNone(
      mapping('A path that accepts no WebSockets.', {
        path: text('The path.', { max: 1024, pattern: /^\/[^\s]*$/, wants: 'a path that starts with /' }),
        status: status('Status it is refused with. Default: any but 101.').optional(),
      }),
      'A path on which the upgrade is refused.',
    ),
    missingUpgrade: status('Status for a GET without Upgrade. Default: any but 101.').optional(),
    keepAlive: orNone(
      duration('A ping comes at least this often.', { min: 10, max: HOUR_MS }),
      'How often the server pings a silent connection.',
    ),
    requests: orNothing(requests),
    answers: orNothing(answers),
    security: orNothing(security),
  },
);
