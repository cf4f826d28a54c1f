/** Tokens of texts, filled in for one connection. What the forms mean: `dialect/json-text.ts`, `header-text.ts`. */
import { escapeHeader } from '../dialect/header-text.js';
import { escapeJson } from '../dialect/json-text.js';
import type { Row } from './rows.js';

/** What the tokens of a text stand for on one connection. What is absent has no value: its token is left. */
export interface TokenValues {
  /** Numbered over the whole cell. */
  readonly connection: number;
  readonly env: Readonly<Record<string, string>>;
  readonly row: Row | undefined;
  readonly room?: number | undefined;
  /** How often the step was repeated, from 0, and its number in the session, from 1. */
  readonly step?: number | undefined;
  readonly stepId?: number | undefined;
  /** Captured values by name. */
  readonly session?: SessionValues | undefined;
}

/** Values that were captured on a connection, by name; JSON of any kind. */
export type SessionValues = Readonly<Record<string, unknown>>;

const NUMBERS = 'sequence|connection|room|step|stepId';
const TOKEN = new RegExp(
  `\\{\\{\\s*(?:(encoded|header|u16|[vt]\\d):)?(${NUMBERS}|env\\.[A-Za-z_]\\w*|data\\.[^{}\\s]+|session\\.[^{}\\s]+)\\s*\\}\\}`,
  'g',
);

/** The text with its tokens filled in. `{{sequence}}` is left: it changes with every message. */
export function fill(text: string, values: TokenValues): string {
  return text.replace(TOKEN, (token, form: string | undefined, name: string) => {
    const value = tokenValue(name, values);
    return value === undefined ? token : written(value, form);
  });
}

/**
 * The per-connection tokens of a text (`{{connection}}`, `{{env.X}}`, `{{data.x}}`) filled in. `encoded:` in front
 * percent-encodes the value.
 */
export function fillTokens(
  text: string,
  connection: number,
  env: Readonly<Record<string, string>>,
  row: Row | undefined,
): string {
  return fill(text, { connection, env, row });
}

/** True if the text differs from connection to connection. */
export function isPerConnection(text: string): boolean {
  return /\{\{\s*(?:[a-z]+\d?:)?(connection|room|data\.|session\.)/.test(text);
}

/** The names of the captured values that a text needs, each once. */
export function sessionNames(text: string): string[] {
  return [...new Set([...text.matchAll(TOKEN)].flatMap(([, , name]) => (isOfSession(name!) ? [name!.slice(8)] : [])))];
}

function isOfSession(name: string): boolean {
  return name.startsWith('session.');
}

function tokenValue(name: string, values: TokenValues): unknown {
  if (name.startsWith('data.')) return values.row?.[name.slice(5)];
  if (name.startsWith('env.')) return values.env[name.slice(4)];
  if (isOfSession(name)) return values.session?.[name.slice(8)];
  switch (name) {
    case 'connection':
      return values.connection;
    case 'room':
      return values.room;
    case 'step':
      return values.step;
    case 'stepId':
      return values.stepId;
  }
  return undefined;
}

function written(value: unknown, form: string | undefined): string {
  if (form === undefined) return asText(value);
  if (form === 'encoded') return encodeURIComponent(asText(value));
  if (form === 'header') return escapeHeader(asText(value));
  if (form === 'u16') return twoBytes(Number(value));
  let text = form[0] === 'v' ? (JSON.stringify(value) ?? 'null') : asText(value);
  for (let depth = Number(form[1]); depth > 0; depth--) text = escapeJson(text);
  return text;
}

/** A number from 1 on as two bytes, one character each. */
function twoBytes(value: number): string {
  const id = ((value - 1) % 0xffff) + 1;
  return String.fromCharCode(id >> 8, id & 0xff);
}

function asText(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
