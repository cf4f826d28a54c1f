import type { JsonObject, JsonValue, MessageSpec, Profile, TalkSpec, Target } from './profile.js';
import { HIDDEN, isOpenPair, redactUrl, strike } from './redact-text.js';

export { redactUrl } from './redact-text.js';

/**
 * The resolved profile as plain data that may be printed and saved. Hides header values, URL user-info and query
 * values, TLS keys, payload templates and data rows, and strikes every secret out of the rest.
 */
export function redactProfile(profile: Profile, secrets: readonly string[]): Record<string, unknown> {
  const columns = Object.keys(profile.data[0] ?? {});
  const shown = {
    ...profile,
    target: redactTarget(profile.target),
    protocol: { ...profile.protocol, options: redactOptions(profile.protocol.options) },
    load: profile.load.map((load) => ({
      ...load,
      message: {
        ...load.message,
        template: load.message.template === null ? null : `<template, ${templateBytes(load.message)} bytes>`,
      },
      talk: load.talk === null ? null : redactTalk(load.talk),
    })),
    data: profile.data.length === 0 ? [] : `<data, ${profile.data.length} rows of ${columns.join(', ')}>`,
  };
  return strikeAll(shown, secrets) as Record<string, unknown>;
}

/** Options that are no secret: parts of the address, which stand in every message, and what cells are made from. */
const SHOWN_OPTIONS = ['namespace', 'host', 'heart-beat'];

function redactOptions(options: JsonObject): JsonValue {
  const entries = Object.entries(options);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, SHOWN_OPTIONS.includes(key) ? value : hideTexts(value)]),
  );
}

/** What is sent is hidden text by text, so that the shape is left, from which cells are made again. */
function redactTalk(talk: TalkSpec): TalkSpec {
  return {
    ...talk,
    session: talk.session.map((step) => ({ ...step, ...hidden(step, 'send'), ...hidden(step, 'subscribe') })),
    when: talk.when.map((rule) => ({ ...rule, ...hidden(rule, 'send') })),
    requests: talk.requests.map((request) => ({ ...request, ...hidden(request, 'send') })),
  };
}

function hidden<K extends string>(said: { readonly [key in K]?: JsonValue }, key: K): { [key in K]?: JsonValue } {
  const value = said[key];
  return value === undefined ? {} : ({ [key]: hideTexts(value) } as { [key in K]: JsonValue });
}

/** Texts and numbers without what they say; keys, tokens and shape are left. */
function hideTexts(value: JsonValue): JsonValue {
  if (typeof value === 'number') return HIDDEN;
  if (typeof value === 'string') return value === '' ? '' : hideLiterals(value);
  if (Array.isArray(value)) return value.map(hideTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value as JsonObject).map(([key, item]) => [key, hideTexts(item)]));
}

function hideLiterals(text: string): string {
  return text.replace(/(\{\{[^{}]*\}\})|(?:(?!\{\{[^{}]*\}\})[\s\S])+/g, (_, token?: string) => token ?? HIDDEN);
}

/** In a binary message each character stands for one byte. */
function templateBytes({ format, template }: MessageSpec): number {
  return Buffer.byteLength(template ?? '', format === 'binary' ? 'latin1' : 'utf8');
}

function textOf({ format, template }: MessageSpec): string {
  return format === 'binary' ? Buffer.from(template ?? '', 'latin1').toString('utf8') : (template ?? '');
}

function redactTarget(target: Target): Record<string, unknown> {
  const { tls } = target;
  return {
    ...target,
    headers: Object.fromEntries(Object.keys(target.headers).map((name) => [name, HIDDEN])),
    tls: {
      ...tls,
      ca: pemText(tls.ca),
      cert: pemText(tls.cert),
      key: tls.key === null ? null : HIDDEN,
    },
    ...(target.kind === 'embedded' ? {} : { url: redactUrl(target.url) }),
    proxy: target.proxy === null ? null : redactUrl(target.proxy),
    ...(target.kind === 'command' && target.ready.by === 'url'
      ? { ready: { ...target.ready, url: redactUrl(target.ready.url) } }
      : {}),
  };
}

function pemText(pem: string | null): string | null {
  return pem === null ? null : `<PEM, ${Buffer.byteLength(pem)} bytes>`;
}

function strikeAll(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return strike(value, secrets);
  if (Array.isArray(value)) return value.map((item) => strikeAll(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, strikeAll(item, secrets)]));
}

/** Shorter parts of payloads are words, not secrets. */
const PIECE_MIN = 8;
/** Shorter values of headers and URLs look like ordinary text. */
const VALUE_MIN = 4;
const DATA_ROWS_MAX = 1000;

/**
 * Literal values of the profile that must be struck out of every text of the *server*, because it may echo them: header
 * values, the password and query values of the URL, longer strings of payload templates and data rows.
 */
export function literalSecrets(profile: Profile): string[] {
  const found = new Set<string>();
  const add = (text: string, min: number) => {
    for (const piece of text.split(/\{\{[^{}]*\}\}/)) if (piece.length >= min) found.add(piece);
  };
  for (const value of Object.values(profile.target.headers)) {
    add(value, VALUE_MIN);
    for (const part of value.split(/[\s;,=]+/)) add(part, PIECE_MIN);
  }
  if (profile.target.kind !== 'embedded') for (const value of urlSecrets(profile.target.url)) add(value, VALUE_MIN);
  if (profile.target.proxy !== null) for (const value of urlSecrets(profile.target.proxy)) add(value, VALUE_MIN);
  for (const { message } of profile.load) {
    if (message.template !== null) for (const value of templateStrings(textOf(message))) add(value, PIECE_MIN);
  }
  for (const said of saidValues(profile)) for (const value of valuesIn(said)) add(value, PIECE_MIN);
  for (const row of profile.data.slice(0, DATA_ROWS_MAX)) for (const value of Object.values(row)) add(value, PIECE_MIN);
  return [...found].sort((a, b) => b.length - a.length);
}

/** What steps, rules and requests send, and the options of the protocol. */
function saidValues({ protocol, load }: Profile): JsonValue[] {
  const talks = load.flatMap(({ talk }) => talk ?? []);
  const sent = talks.flatMap(({ session, when, requests }) => [
    ...session.flatMap(({ send, subscribe }) => [send, subscribe]),
    ...[...when, ...requests].map(({ send }) => send),
  ]);
  const options = Object.entries(protocol.options).filter(([key]) => !SHOWN_OPTIONS.includes(key));
  return [Object.fromEntries(options), ...sent].filter((value) => value !== undefined);
}

/** The texts of a value without its keys. A text of its own may be JSON. */
function valuesIn(value: JsonValue): string[] {
  if (typeof value === 'string') return /^\s*[{[]/.test(value) ? templateStrings(value) : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(valuesIn);
}

/** A member of a query without a value that is a word, such as `pong`: its name, which other texts hold as well. */
const IS_WORD = /^[a-z]{1,12}$/;

/** Password and query values, both as written and decoded. */
export function urlSecrets(url: string): string[] {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i.exec(url)?.[1] ?? '';
  const query = /\?([^#]*)/.exec(url)?.[1] ?? '';
  const values = [
    authority.split(':').slice(1).join(':'),
    ...query
      .split('&')
      .filter((pair) => !isOpenPair(pair))
      .filter((pair) => !IS_WORD.test(pair))
      .map((pair) => pair.replace(/^[^=]*=/, '')),
  ];
  return values.flatMap((value) => [value, decoded(value)]);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}

/** The string values (not the keys) of a JSON template, as written and unescaped; the words of any other text. */
function templateStrings(template: string): string[] {
  // Two braces start a token, not an object.
  if (!/^\s*(?:\[|"|\{(?!\{))/.test(template)) return template.split(/\s+/);
  // A string followed by a colon is a key. An unterminated string reaches to the end, which keeps the search linear.
  return [...template.matchAll(/("(?:[^"\\]|\\[\s\S])*(?:"|\\?$))(\s*:)?/g)].flatMap(([, literal, colon]) =>
    colon === undefined ? [literal!.replace(/^"|"$/g, ''), unescaped(literal!)] : [],
  );
}

function unescaped(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}
