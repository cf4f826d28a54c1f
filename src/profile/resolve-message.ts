import { checkValues, MARK } from './check-values.js';
import type { Path } from './document.js';
import { SIZE_MAX_BYTES } from './flag-keys.js';
import { envValue } from './interpolate.js';
import { minimumSize, smallestBytes } from './message-size.js';
import type { MessageSpec, ReplySpec, SizeSpec } from './profile.js';
import { type Resolution, resolveTokens } from './resolution.js';
import type { MessageInput, ReplyInput } from './schema.js';
import { fillWith, type TalkScope } from './tokens.js';

const DEFAULT_SIZE_BYTES = 64;
const DEFAULT_TIMEOUT_MS = 5000;

/** A mapping of the user with its place. Keys of a load entry override those at the top level. */
export interface Written<T> {
  readonly value: T | undefined;
  readonly path: Path;
}

const DEFAULT_FIELD = 'sequence';

/**
 * How replies are matched and judged. A server that answers in order, or that puts the number into another field, sends
 * content of its own. Its content is judged only if the user says so.
 */
export function resolveReply(top: ReplyInput | undefined, own: ReplyInput | undefined): ReplySpec {
  const match = own?.match ?? top?.match ?? 'sequence';
  const field = own?.field ?? top?.field ?? DEFAULT_FIELD;
  const inItsOwnWords = match === 'order' || field !== DEFAULT_FIELD;
  const echo = own?.echo ?? top?.echo ?? (inItsOwnWords ? 'none' : 'full');
  return {
    match,
    field,
    echo: echo === 'full' || echo === 'none' ? { kind: echo } : { kind: 'field', field: echo.slice('field:'.length) },
    timeoutMs: own?.timeout ?? top?.timeout ?? DEFAULT_TIMEOUT_MS,
  };
}

export interface MessageUse {
  readonly reply: ReplySpec;
  /** The largest number of connections of the load, which decides the longest connection id. */
  readonly connections: number;
  /** False if the load never sends it. The message is then not checked. */
  readonly sends: boolean;
  /** The tokens of its session. */
  readonly talk: TalkScope;
}

/** The message of one load. The payload (template, file or size) comes from its own keys, else from the top level. */
export function resolveMessage(
  top: Written<MessageInput>,
  own: Written<MessageInput>,
  use: MessageUse,
  resolution: Resolution,
): MessageSpec {
  for (const written of [top, own]) checkOneSource(written, resolution);
  const source = hasSource(own.value) ? own : top;
  const { template, file, size } = source.value ?? {};
  const formatWritten = own.value?.format ?? top.value?.format;
  if (template === undefined && file === undefined) {
    const message = { format: formatWritten ?? 'json', size: sizeSpec(size, source.path, resolution), template: null };
    if (use.sends) checkSize(message, [...source.path, 'size'], own, use, resolution);
    return message;
  }
  const path = [...source.path, template === undefined ? 'file' : 'template'];
  const isBinary = formatWritten === 'binary';
  const text = template ?? payloadFile(file!, path, isBinary, resolution);
  if (text === null) return { format: formatWritten ?? 'json', size: { kind: 'fixed', bytes: 0 }, template: '' };
  const isBytes = isBinary && template === undefined;
  const checked = resolveTokens(text, path, resolution, {
    ...{ perMessage: true, isBinary: isBytes, talk: use.talk },
  });
  const sample = fillWith(checked.text, (name) => sampleValue(name, use, resolution));
  const isJson = parsesAsJson(sample);
  const message: MessageSpec = {
    format: formatWritten ?? (isJson ? 'json' : 'text'),
    size: { kind: 'fixed', bytes: Buffer.byteLength(sample, isBytes ? 'latin1' : 'utf8') },
    template: isBinary && !isBytes ? Buffer.from(checked.text, 'utf8').toString('latin1') : checked.text,
  };
  if (!use.sends) return message;
  const before = resolution.problems.size;
  checkTemplate(message, isJson, checked.names, path, use, resolution);
  if (resolution.problems.size === before) checkFilled(message, checked.text, path, resolution);
  return message;
}

/** The text of a payload file. For a binary payload, its bytes as one character each. */
function payloadFile(file: string, path: Path, isBinary: boolean, resolution: Resolution): string | null {
  return isBinary ? (resolution.readBytes(file, path)?.toString('latin1') ?? null) : resolution.readFile(file, path);
}

/** Every row makes a message of its own. Each of these must be valid. */
function checkFilled({ format }: MessageSpec, text: string, path: Path, resolution: Resolution): void {
  const trouble = (filled: string) => {
    if (Buffer.byteLength(filled) > SIZE_MAX_BYTES) return { message: 'is larger than 1 MiB' };
    const stands = filled.replaceAll(MARK, '1');
    if (format !== 'json' || parsesAsJson(stands)) return null;
    return {
      message: 'is not valid JSON',
      hint: 'quote what JSON does not allow as it is (", \\\\ and line ends), or say format: text',
    };
  };
  // A word of letters fits between quotes only; a number fits everywhere.
  checkValues({ path, text, trouble, harmless: /^[1-9]\d{0,14}$/ }, resolution);
}

function hasSource(message: MessageInput | undefined): boolean {
  return message?.template !== undefined || message?.file !== undefined || message?.size !== undefined;
}

function checkOneSource({ value, path }: Written<MessageInput>, { problems }: Resolution): void {
  const given = (['template', 'file', 'size'] as const).filter((key) => value?.[key] !== undefined);
  if (given.length < 2) return;
  const hint = 'a template or file is sent as it is: size does not apply';
  problems.rule({ path: [...path, given[1]!], at: 'key', message: `stands beside ${given[0]}`, hint });
}

function sizeSpec(size: MessageInput['size'], path: Path, { problems }: Resolution): SizeSpec {
  if (size === undefined) return { kind: 'fixed', bytes: DEFAULT_SIZE_BYTES };
  if (typeof size === 'number') return { kind: 'fixed', bytes: size };
  if (Array.isArray(size)) {
    return { kind: 'weighted', choices: size.map((entry) => ({ bytes: entry.size, weight: entry.weight })) };
  }
  const [minBytes, maxBytes] = size.uniform;
  if (minBytes > maxBytes) {
    problems.rule({
      path: [...path, 'size', 'uniform'],
      at: 'key',
      message: 'the smallest size is above the largest',
      hint: 'write [min, max]',
    });
  }
  return { kind: 'uniform', minBytes, maxBytes };
}

/** To match by sequence, every generated message needs room for the sequence and the connection id. */
function checkSize(
  message: MessageSpec,
  path: Path,
  own: Written<MessageInput>,
  use: MessageUse,
  resolution: Resolution,
): void {
  if (use.reply.match !== 'sequence') return;
  const minimum = minimumSize(message.format, use.connections);
  if (smallestBytes(message.size) >= minimum) return;
  const load = own.path.slice(0, -1);
  resolution.problems.rule(
    {
      path,
      message: `is too small to hold the sequence and the connection id of ${use.connections} connections`,
      hint: `at least ${minimum} bytes for ${message.format}, or reply: { match: order } (--match order)`,
    },
    [
      [...own.path, 'format'],
      [...own.path, 'size'],
      ['message'],
      ['reply'],
      [...load, 'reply'],
      [...load, 'connections'],
      [...load, 'sweep'],
    ],
  );
}

function checkTemplate(
  message: MessageSpec,
  isJson: boolean,
  tokens: readonly string[],
  path: Path,
  use: MessageUse,
  { problems }: Resolution,
): void {
  if (message.size.kind === 'fixed' && message.size.bytes > SIZE_MAX_BYTES) {
    problems.rule({ path, at: 'key', message: 'is larger than 1 MiB' });
  }
  if (message.format === 'json' && !isJson) {
    problems.rule({
      path,
      message: 'is not valid JSON once its tokens are filled in',
      hint: 'correct it, or say format: text',
    });
  }
  if (use.reply.match === 'sequence' && !tokens.includes('sequence')) {
    problems.rule(
      {
        path,
        message: 'does not hold {{sequence}}, by which replies are matched',
        hint: 'put it in, or say reply: { match: order } (--match order)',
      },
      [['reply']],
    );
  }
}

function sampleValue(name: string, use: MessageUse, { env, rows }: Resolution): string {
  if (name === 'sequence') return '1000000000';
  if (name === 'connection') return String(use.connections - 1);
  if (name === 'room' || name.startsWith('session.')) return '0';
  if (name.startsWith('env.')) return envValue(env, name.slice(4)) ?? '';
  return rows[0]?.[name.slice('data.'.length)] ?? '';
}

function parsesAsJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
