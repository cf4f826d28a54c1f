import { type EchoForm, repeats } from '../echo-form.js';
import { shown } from '../received.js';
import { type Carrier, jsonOf, textCarrier, valueCarrier } from './carrier.js';
import { answerOf, type Heard, type Unasked } from './heard.js';
import { CONTENT_FIELDS, type Question } from './questions.js';
import type { Ending, ServerKind } from './server-kind.js';

/** Words with which servers refuse a message that they quote. */
const REFUSES =
  /error|invalid|unknown|unexpected|unsupported|not (valid|allowed|found|understood)|malformed|bad request/i;

/**
 * The kind of a server that speaks no known protocol, from what the asked connections received. For an echo in an
 * envelope this names the field that was answered. The smallest envelope is found out later.
 */
export function kindOf(listener: Heard, asked: readonly Heard[], unasked: Unasked): ServerKind {
  const answered = asked.map((heard) => ({ heard, question: heard.asked!, answer: answerOf(heard, unasked) }));
  const answers = answered.flatMap(({ question, answer }) => {
    return answer === null || answer.isBinary ? [] : [{ question, reply: answer.data.toString('utf8') }];
  });
  const echo = answers.map(botOf).find(isKind) ?? echoKind(answers);
  if (echo !== null) return echo;
  const byId = answers.map(idKind).find(isKind);
  if (byId !== undefined) return byId;
  if (unasked.ofOthers !== null) return { name: 'relay', heard: shown(unasked.ofOthers.data) };
  const texts = answered.filter(({ question }) => question.kind !== 'stats' && question.kind !== 'binary');
  const first = texts.find(({ answer }) => answer !== null)?.answer ?? null;
  if (first !== null) return { name: 'answers', answer: shown(first.data, first.isBinary) };
  if (binaryEchoed(asked)) return { name: 'binary-echo' };
  const bytes = answered.find(({ question, answer }) => question.kind === 'binary' && answer !== null)?.answer;
  if (bytes != null) return { name: 'answers', answer: shown(bytes.data, bytes.isBinary) };
  const endings = texts.map(({ heard }) => heard.ending);
  const ended = endings.find((each) => each !== null);
  if (ended != null && endings.every((each) => each !== null)) {
    return { name: 'refuses', code: ended.code, reason: ended.reason };
  }
  return streamKind(listener, unasked) ?? { name: 'silent' };
}

interface Answer {
  readonly question: Question;
  readonly reply: string;
}

const isKind = (kind: ServerKind | null): kind is ServerKind => kind !== null;

function botOf({ question, reply }: Answer): ServerKind | null {
  if (question.kind !== 'stats') return null;
  const value = jsonOf(reply) as { readonly connectionsOpened?: unknown } | undefined;
  return typeof value?.connectionsOpened === 'number' ? { name: 'bot' } : null;
}

/** Plain text that comes back unchanged is the best evidence, then fields, then text among other words. */
function echoKind(answers: readonly Answer[]): ServerKind | null {
  const plain = answers.some(({ question, reply }) => question.kind === 'text' && question.message === reply);
  if (plain) return { name: 'echo', form: { envelope: null, carrier: null, content: 'json' } };
  return answers.map(fieldsKind).find(isKind) ?? answers.map(textKind).find(isKind) ?? null;
}

function fieldsKind({ question, reply }: Answer): ServerKind | null {
  if (question.kind === 'form') {
    return typeof question.content === 'string' ? declaredKind(question.form, question.content, reply) : null;
  }
  if (question.kind !== 'fields') return null;
  const form = (field: string, carrier: Carrier | null): EchoForm => ({
    envelope: `{${JSON.stringify(field)}:{{content}}}`,
    carrier,
    content: 'json',
  });
  const whole = form(CONTENT_FIELDS[0], null);
  if (repeats(whole, '', question.message, reply)) {
    return { name: 'json-echo', form: whole, added: addedKeys(question.message, reply) };
  }
  for (const [field, word] of Object.entries(question.words)) {
    const carrier = valueCarrier(word, reply);
    if (carrier !== null) return { name: 'wrapped-echo', form: form(field, carrier) };
  }
  return null;
}

/** `envelope` is the profile's. Only the place of the content in the reply has to be found. */
function declaredKind(form: EchoForm, word: string, reply: string): ServerKind | null {
  const message = form.envelope!.replace(/\{\{\s*content\s*\}\}/g, () => JSON.stringify(word));
  if (reply === message) return { name: 'echo', form };
  if (repeats(form, word, message, reply)) return { name: 'json-echo', form, added: addedKeys(message, reply) };
  const carrier = valueCarrier(word, reply) ?? textCarrier(message, reply);
  return carrier === null ? null : { name: 'wrapped-echo', form: { ...form, carrier } };
}

function textKind({ question, reply }: Answer): ServerKind | null {
  if (question.kind !== 'text') return null;
  const carrier = textCarrier(question.message, reply);
  if (carrier === null || REFUSES.test(reply.replace(question.message, ''))) return null;
  return { name: 'wrapped-echo', form: { envelope: null, carrier, content: 'json' } };
}

function idKind({ question, reply }: Answer): ServerKind | null {
  if (question.kind !== 'fields') return null;
  const field = valueCarrier(question.id, reply)?.path.at(-1);
  return field === undefined ? null : { name: 'by-id', field, answer: shown(reply) };
}

/** Messages that went on coming after the greeting. */
function streamKind({ messages, count, openedAtMs, lastAtMs }: Heard, { greetings }: Unasked): ServerKind | null {
  const later = messages[greetings];
  if (later === undefined) return null;
  const spanMs = Math.max(1, lastAtMs - openedAtMs);
  const perSecond = Math.round(((count - greetings) * 10_000) / spanMs) / 10;
  return { name: 'pushes', first: shown(later.data, later.isBinary), perSecond };
}

function addedKeys(message: string, reply: string): string[] {
  const sent = jsonOf(message);
  const came = jsonOf(reply);
  if (typeof sent !== 'object' || sent === null || typeof came !== 'object' || came === null) return [];
  return Object.keys(came).filter((key) => !Object.hasOwn(sent, key));
}

/** Did the binary message come back as it was? */
export function binaryEchoed(asked: readonly Heard[]): boolean {
  return asked.some(({ asked: question, messages }) => {
    if (question?.kind !== 'binary') return false;
    return messages.some(({ data, isBinary }) => isBinary && data.equals(question.message));
  });
}

/** How messages of this kind ended their connection, if one of the others stayed open. */
export function endingBy(wanted: 'text' | 'binary', asked: readonly Heard[]): Ending | null {
  const isText = (kind: string | undefined) => kind === 'text' || kind === 'fields' || kind === 'form';
  const ending = asked.find((heard) => heard.asked?.kind === wanted)?.ending;
  const others = asked.filter((heard) => heard.asked?.kind !== wanted && isText(heard.asked?.kind));
  if (ending == null || !others.some((heard) => heard.ending === null)) return null;
  return { code: ending.code, reason: ending.reason };
}

/** The slowest answer, ms; null if nothing was answered. */
export function slowestReplyMs(asked: readonly Heard[], unasked: Unasked): number | null {
  const took = asked.flatMap((heard) => {
    const answer = answerOf(heard, unasked);
    return answer === null ? [] : [answer.atMs - heard.sentAtMs!];
  });
  return took.length === 0 ? null : Math.max(0, ...took);
}

/**
 * The first of these forms that the server answered, null if none: with JSON as content if that came back, else with
 * text only.
 */
export function formThatWorks(asked: readonly Heard[]): EchoForm | null {
  const worked = asked.flatMap((heard) => {
    const { asked: question } = heard;
    if (question?.kind !== 'form' || !cameBack(heard, question.form)) return [];
    return [{ form: question.form, isText: typeof question.content === 'string' }];
  });
  const text = worked.find(({ isText }) => isText)?.form;
  if (text === undefined) return null;
  const json = worked.some(({ form, isText }) => !isText && form.envelope === text.envelope);
  return json ? text : { ...text, content: 'string' };
}

/** The same form, limited to texts if the question with JSON as content did not come back. */
export function formForContent(form: EchoForm, asked: readonly Heard[]): EchoForm {
  const json = asked.some((heard) => {
    return heard.asked?.kind === 'form' && typeof heard.asked.content !== 'string' && cameBack(heard, form);
  });
  return json ? form : { ...form, content: 'string' };
}

function cameBack({ asked, messages }: Heard, form: EchoForm): boolean {
  if (asked?.kind !== 'form') return false;
  return messages.some(({ data, isBinary }) => {
    return !isBinary && repeats(form, asked.content, asked.message, data.toString('utf8'));
  });
}
