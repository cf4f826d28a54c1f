import { suggest } from './did-you-mean.js';
import { type Env, envValue } from './interpolate.js';
import { textsIn } from './json-texts.js';
import { quoted } from './problem-list.js';
import type { Profile, TalkSpec } from './profile.js';

/** `{{...}}`: filled in per message (sequence) or per connection (the others). */
const TOKEN = /\{\{([^{}]*)\}\}/g;
const ENV = /^env\.([A-Za-z_]\w*)$/;
const DATA = /^data\.([^{}\s]+)$/;
const SESSION = /^session\.([^{}\s]+)$/;
const KNOWN = /^(sequence$|connection$|env\.|data\.)/;
/** Also in the messages of loads that have a session. */
const KNOWN_IN_TALK = /^(sequence$|connection$|room$|env\.|data\.|session\.)/;
/** The prefix of a token in JSON that is put in as text even where it stands alone. */
const AS_TEXT = 'text:';
/** The prefix of a token whose value is not percent-encoded in a URL. */
const RAW = 'raw:';
/** The prefix of a token in a resolved URL whose value is percent-encoded. Users never write it. */
const ENCODED = 'encoded:';

/** What there is beside the tokens of every text. */
export interface TalkScope {
  /** True if the load has rooms. */
  readonly rooms: boolean;
  /** True in a step of the session. */
  readonly step: boolean;
  /** Names of `{{session.x}}` that have been captured by then; null if a script may capture more. */
  readonly session: readonly string[] | null;
  /** How to get a name that is not among them. */
  readonly sessionHint: string;
  /** True in JSON, where `{{text:x}}` is put in as text. */
  readonly isJson: boolean;
}

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
  /** Absent in URL, headers and sub-protocols, which are said before the session. */
  readonly talk?: TalkScope | undefined;
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
    const { talk } = scope;
    const prefix = scope.isUrl === true ? RAW : talk !== undefined && !scope.isBinary ? AS_TEXT : null;
    const hasPrefix = prefix !== null && written.startsWith(prefix);
    const name = hasPrefix ? written.slice(prefix.length).trim() : written;
    if (scope.isBinary === true && !(talk === undefined ? KNOWN : KNOWN_IN_TALK).test(name)) return whole;
    names.push(name);
    const verdict = judge(name, scope);
    if (verdict !== null) wrong.push(verdict);
    const variable = ENV.exec(name)?.[1];
    const value = variable === undefined ? undefined : envValue(scope.env, variable);
    if (value !== undefined && value !== '') secrets.push(value);
    // A text that is no JSON has every value put in as text anyway.
    const keeps = hasPrefix && (prefix === RAW || talk?.isJson === true);
    return `{{${keeps ? prefix : ''}${name}}}`;
  });
  return { text: plain, names, wrong, secrets };
}

function judge(name: string, scope: TokenScope): { message: string; hint: string } | null {
  if (name === 'connection') return null;
  if (name === 'sequence') {
    if (scope.perMessage) return null;
    const hint = scope.talk?.step === true ? 'use {{step}} or {{connection}} here' : 'use {{connection}} here';
    return { message: 'holds {{sequence}}, which changes with every message', hint };
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
  return judgeTalk(name, scope.talk);
}

function judgeTalk(name: string, talk: TalkScope | undefined): { message: string; hint: string } | null {
  const unknown = { message: `holds the unknown token ${quoted(`{{${name}}}`)}` };
  const captured = SESSION.exec(name)?.[1];
  if (talk === undefined) {
    if (captured !== undefined) {
      const hint = 'use {{data.x}} or {{env.X}}: log in ahead of the run, or in a step of the session';
      return { message: `holds {{${name}}}, which is captured after the handshake`, hint };
    }
    if (name === 'room') {
      return { message: 'holds {{room}}, which is for messages', hint: 'use {{connection}} or {{data.x}} here' };
    }
    return { ...unknown, hint: '{{sequence}}, {{connection}}, {{env.X}} or {{data.x}}' };
  }
  if (name === 'room') {
    if (talk.rooms) return null;
    return { message: 'holds {{room}}, but the load has no rooms', hint: 'say how many, e.g. rooms: 20' };
  }
  if (name === 'step') {
    if (talk.step) return null;
    return { message: 'holds {{step}}, which only steps of the session have', hint: 'use {{sequence}} here' };
  }
  if (captured !== undefined) {
    if (talk.session === null || talk.session.includes(captured)) return null;
    const hint = talk.session.length === 0 ? talk.sessionHint : suggest(captured, talk.session);
    return { message: `uses {{session.${captured}}}, which nothing has captured by then`, hint };
  }
  return { ...unknown, hint: '{{sequence}}, {{connection}}, {{room}}, {{env.X}}, {{data.x}} or {{session.x}}' };
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
  const names = [...text.matchAll(TOKEN)].map(([, inner]) => inner!.trim().replace(ENCODED, '').replace(AS_TEXT, ''));
  return [...new Set(names)];
}

/** Every text that steps, rules and requests send, or wait for. */
function saidTexts({ session, when, requests }: TalkSpec): string[] {
  const said = [...session, ...requests].flatMap((one) => [one.to, one.send, one.expect, one.words]);
  const subscribed = session.map(({ subscribe }) => subscribe);
  return [...said, ...subscribed, ...when.map(({ send }) => send)].flatMap(textsIn);
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
  const values: Record<string, string> = {};
  for (const variable of envNames(profile)) {
    const value = envValue(env, variable);
    if (value !== undefined) values[variable] = value;
  }
  return values;
}

/** The variables of every `{{env.X}}` that the profile uses. */
export function envNames(profile: Profile): string[] {
  const { target } = profile;
  const texts = [...Object.values(target.headers), ...target.subprotocols];
  if (target.kind !== 'embedded') texts.push(target.url);
  for (const { message, talk } of profile.load) {
    if (message.template !== null) texts.push(message.template);
    if (talk !== null) texts.push(...saidTexts(talk));
  }
  texts.push(...textsIn(profile.protocol.options));
  const names = texts.flatMap(tokenNames).flatMap((name) => ENV.exec(name)?.[1] ?? []);
  return [...new Set(names)];
}
