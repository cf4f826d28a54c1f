import { suggest } from './did-you-mean.js';
import { type Env, envValue } from './interpolate.js';
import { quoted } from './problem-list.js';
import type { Profile } from './profile.js';

/** `{{...}}`: filled in per message (sequence) or per connection (the others). */
const TOKEN = /\{\{([^{}]*)\}\}/g;
const ENV = /^env\.([A-Za-z_]\w*)$/;
const DATA = /^data\.([^{}\s]+)$/;
const KNOWN = /^(sequence$|connection$|env\.|data\.)/;
/** The prefix of a token whose value is not percent-encoded in a URL. */
const RAW = 'raw:';
/** The prefix of a token in a resolved URL whose value is percent-encoded. Users never write it. */
const ENCODED = 'encoded:';

export interface TokenScope {
  readonly env: Env;
  /** Columns of the data rows; null if they could not be read, so that column names cannot be checked. */
  readonly columns: readonly string[] | null;
  /** False for a URL or header, which cannot hold `{{sequence}}`: it changes with every message. */
  readonly perMessage: boolean;
  /** In a URL, values are percent-encoded, except for `{{raw:data.x}}`. */
  readonly isUrl?: boolean;
  /** In binary payloads braces around other text are ordinary bytes. */
  readonly isBinary?: boolean;
}

export interface CheckedTokens {
  /** The text with its tokens in plain form, without spaces inside the braces. */
  readonly text: string;
  readonly names: readonly string[];
  readonly wrong: readonly { readonly message: string; readonly hint: string }[];
  /** Values of the `{{env.X}}` used. Never printed. */
  readonly secrets: readonly string[];
}

export function checkTokens(text: string, scope: TokenScope): CheckedTokens {
  const names: string[] = [];
  const wrong: { message: string; hint: string }[] = [];
  const secrets: string[] = [];
  const plain = text.replace(TOKEN, (whole, inner: string) => {
    const written = inner.trim();
    const isRaw = scope.isUrl === true && written.startsWith(RAW);
    const name = isRaw ? written.slice(RAW.length) : written;
    if (scope.isBinary === true && !KNOWN.test(name)) return whole;
    names.push(name);
    const verdict = judge(name, scope);
    if (verdict !== null) wrong.push(verdict);
    const variable = ENV.exec(name)?.[1];
    const value = variable === undefined ? undefined : envValue(scope.env, variable);
    if (value !== undefined && value !== '') secrets.push(value);
    return `{{${isRaw ? RAW : ''}${name}}}`;
  });
  return { text: plain, names, wrong, secrets };
}

function judge(name: string, scope: TokenScope): { message: string; hint: string } | null {
  if (name === 'connection') return null;
  if (name === 'sequence') {
    if (scope.perMessage) return null;
    return { message: 'holds {{sequence}}, which changes with every message', hint: 'use {{connection}} here' };
  }
  const variable = ENV.exec(name)?.[1];
  if (variable !== undefined) {
    if (envValue(scope.env, variable) !== undefined) return null;
    return { message: `uses {{env.${variable}}}, which is not set`, hint: `set ${variable} in the environment` };
  }
  const column = DATA.exec(name)?.[1];
  if (column !== undefined) {
    if (scope.columns === null || scope.columns.includes(column)) return null;
    const hint =
      scope.columns.length === 0 ? 'name a .csv or .json file with rows in `data:`' : suggest(column, scope.columns);
    return { message: `uses {{data.${column}}}, but the data has no such column`, hint };
  }
  return {
    message: `holds the unknown token ${quoted(`{{${name}}}`)}`,
    hint: '{{sequence}}, {{connection}}, {{env.X}} or {{data.x}}',
  };
}

/** The text with every token replaced: for checks that need a plausible value in its place. */
export function fillWith(text: string, value: (name: string) => string): string {
  return text.replace(TOKEN, (_, inner: string) => {
    const written = inner.trim();
    if (!written.startsWith(ENCODED)) return value(written);
    return encodeURIComponent(value(written.slice(ENCODED.length)));
  });
}

function isUserInfo(url: string, at: number): boolean {
  return at < (/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.exec(url)?.[0] ?? '').length;
}

/** The names of a text's tokens, each once. */
export function tokenNames(text: string): string[] {
  return [...new Set([...text.matchAll(TOKEN)].map(([, inner]) => inner!.trim().replace(ENCODED, '')))];
}

/**
 * Marks the tokens of a URL whose values must be percent-encoded: those in the query and the user-info, where a `&`,
 * `#` or `@` in a value would end that part. Tokens written `{{raw:data.x}}` are not marked.
 */
export function withEncodedTokens(url: string): string {
  return url.replace(TOKEN, (token, inner: string, at: number) => {
    if (inner.startsWith(RAW)) return `{{${inner.slice(RAW.length)}}}`;
    const query = url.slice(0, at).replace(TOKEN, '').split('?').slice(1).join('?');
    const isValue = /=[^&]*$/.test(query);
    return isValue || isUserInfo(url, at) ? `{{${ENCODED}${inner}}}` : token;
  });
}

/** The values of every `{{env.X}}` that the profile uses. */
export function envTokens(profile: Profile, env: Env): Record<string, string> {
  const { target } = profile;
  const texts = [...Object.values(target.headers), ...target.subprotocols];
  if (target.kind !== 'embedded') texts.push(target.url);
  for (const { message } of profile.load) if (message.template !== null) texts.push(message.template);
  const values: Record<string, string> = {};
  for (const text of texts) {
    for (const name of tokenNames(text)) {
      const variable = ENV.exec(name)?.[1];
      const value = variable === undefined ? undefined : envValue(env, variable);
      if (variable !== undefined && value !== undefined) values[variable] = value;
    }
  }
  return values;
}
