import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contentOf, type EchoForm, messageWith, repeats } from '../../src/check/echo-form.js';
import { carried, textCarrier, valueCarrier } from '../../src/check/look/carrier.js';
import { answerOf, type Heard, unaskedOf } from '../../src/check/look/heard.js';
import {
  binaryQuestion,
  fieldsQuestion,
  type Question,
  statsQuestion,
  textQuestion,
} from '../../src/check/look/questions.js';
import { endingBy, formThatWorks, kindOf } from '../../src/check/look/recognise.js';
import { hasShape, outlineOf, shapeOf } from '../../src/check/look/shape.js';
import type { Received } from '../../src/check/received.js';

const came = (text: string, atMs: number, isBinary = false): Received => ({ data: Buffer.from(text), isBinary, atMs });

/** A connection that opened at 0, asked at 100 and heard these texts from 101 on; `early`: before it asked. */
function heard(asked: Question | null, texts: readonly string[], early: readonly string[] = []): Heard {
  const messages = [...early.map((text, at) => came(text, at)), ...texts.map((text, at) => came(text, 101 + at))];
  const lastAtMs = messages.at(-1)?.atMs ?? 0;
  return { asked, openedAtMs: 0, sentAtMs: 100, messages, count: messages.length, lastAtMs, ending: null };
}

const TEXT = textQuestion('word');
const FIELDS = fieldsQuestion('word');
const asText = (question: Question) => String(question.message);

function kind(asked: readonly Heard[], listener = heard(null, [])): ReturnType<typeof kindOf> {
  return kindOf(listener, asked, unaskedOf(listener, asked, 50));
}

describe('the kind of a server', () => {
  it('is an echo only where what came is what was sent', () => {
    assert.equal(kind([heard(TEXT, [asText(TEXT)])]).name, 'echo');
    assert.equal(kind([heard(TEXT, [asText(TEXT).toUpperCase()])]).name, 'answers');
  });

  it('is no echo where a message is quoted only to be refused', () => {
    assert.equal(kind([heard(TEXT, [`Unexpected token in "${asText(TEXT)}"`])]).name, 'answers');
    assert.equal(kind([heard(TEXT, [`said: ${asText(TEXT)}`])]).name, 'wrapped-echo');
  });

  it('takes fields before the words around a text', () => {
    const asked = [heard(TEXT, [`you: ${asText(TEXT)}`]), heard(FIELDS, [asText(FIELDS).replace('}', ',"at":1}')])];
    const found = kind(asked);
    assert.equal(found.name, 'json-echo');
    assert.deepEqual(found.name === 'json-echo' && found.added, ['at']);
  });

  it('takes no figures for the bot protocol but those of its answer', () => {
    assert.equal(kind([heard(statsQuestion(), ['{"connectionsOpened":1}'])]).name, 'bot');
    assert.equal(kind([heard(statsQuestion(), ['{"connectionsOpened":"1"}'])]).name, 'silent');
  });

  it('is a feed where the same goes on coming, and not where only a greeting came', () => {
    const tick = '{"type":"tick","n":1}';
    const feed = heard(null, [tick, tick], [tick]);
    assert.equal(kind([heard(TEXT, [tick])], feed).name, 'pushes');
    const greeting = ['{"type":"hello"}'];
    assert.equal(kind([heard(TEXT, [], greeting)], heard(null, [], greeting)).name, 'silent');
  });

  it('is told of answers alone: neither greetings nor what others said count', () => {
    const listener = heard(null, [`A says: ${asText(TEXT)}`], ['Welcome 1']);
    const other = heard(FIELDS, [`A says: ${asText(TEXT)}`], ['Welcome 3']);
    const own = heard(TEXT, [], ['Welcome 2']);
    const unasked = unaskedOf(listener, [own, other], 50);
    assert.equal(unasked.greetings, 1);
    assert.equal(answerOf(own, unasked), null);
    assert.equal(answerOf(other, unasked), null);
    assert.equal(kind([own, other], listener).name, 'relay');
  });
});

describe('what ends a connection', () => {
  const ended = (question: Question) => ({ ...heard(question, []), ending: { ...ENDING, clean: true, atMs: 102 } });

  it('is told only where another message did not end one', () => {
    const asked = [ended(TEXT), ended(binaryQuestion()), heard(FIELDS, [])];
    assert.deepEqual([endingBy('text', asked), endingBy('binary', asked)], [ENDING, ENDING]);
    assert.equal(endingBy('text', [ended(TEXT), ended(FIELDS)]), null);
    assert.equal(endingBy('binary', [heard(TEXT, []), heard(binaryQuestion(), [])]), null);
  });
});

const ENDING = { code: 1006, reason: '' };

describe('where the content of a reply stands', () => {
  it('is found at any depth, also where JSON nests without end', () => {
    assert.deepEqual(valueCarrier('word', '{"a":[{"b":"word"}]}')?.path, ['a', '0', 'b']);
    assert.equal(valueCarrier('word', `${'['.repeat(50_000)}"word"${']'.repeat(50_000)}`), null);
    assert.equal(valueCarrier('word', '{"a":"words"}'), null);
  });

  it('is cut out of words whose numbers change', () => {
    const carrier = textCarrier('word', '{"t":"#9 at 12:00: word (4)"}')!;
    assert.equal(carried(carrier, '{"t":"#10 at 9:59: 55 (123)"}'), '55');
    assert.equal(carried(carrier, '{"t":"nobody: 55 (123)"}'), undefined);
    assert.equal(carried(carrier, '{"t":7}'), undefined);
  });
});

describe('an echo in a form', () => {
  const plain: EchoForm = { envelope: null, carrier: null, content: 'json' };
  const texts: EchoForm = { envelope: '{"text":{{content}}}', carrier: null, content: 'string' };

  it('may have more fields, but none that is changed or missing', () => {
    const sent = messageWith(plain, { a: [1, { b: 2 }] });
    assert.ok(repeats(plain, null, sent, '{"at":1,"a":[1,{"b":2,"c":3}]}'));
    for (const wrong of ['{"a":[1,{"b":3}]}', '{"a":[1]}', '{"b":1}', '7', 'text']) {
      assert.ok(!repeats(plain, null, sent, wrong), wrong);
    }
    assert.ok(!repeats(plain, 'hello', 'hello', 'hello '));
  });

  it('carries JSON as a text where the server takes texts only', () => {
    const sent = messageWith(texts, { number: 7 });
    assert.equal(sent, '{"text":"{\\"number\\":7}"}');
    assert.deepEqual(contentOf(texts, sent), { number: 7 });
    const carrier = { path: ['said'], as: 'json', before: '', after: '' } as const;
    assert.ok(repeats({ ...texts, carrier }, { number: 7 }, sent, '{"said":"{\\"number\\":7}"}'));
    assert.ok(!repeats({ ...texts, carrier }, { number: 7 }, sent, '{"said":"{\\"number\\":8}"}'));
  });

  it('is the least that was answered; with texts only where JSON did not come back', () => {
    const small: EchoForm = { ...plain, envelope: '{"a":{{content}}}' };
    const large: EchoForm = { ...plain, envelope: '{"a":{{content}},"b":1}' };
    const asks = (form: EchoForm, content: string | { x: number }) => {
      const question: Question = { kind: 'form', message: messageWith(form, content), form, content };
      return heard(question, [question.message as string]);
    };
    assert.deepEqual(formThatWorks([asks(small, 'w'), asks(large, 'w'), asks(small, { x: 1 })]), small);
    assert.deepEqual(formThatWorks([asks(large, 'w'), asks(small, { x: 1 })]), { ...large, content: 'string' });
    assert.equal(formThatWorks([]), null);
  });
});

describe('the shape of a message', () => {
  it('is that of others of its kind, whatever their figures', () => {
    const shape = shapeOf(came('{"type":"tick","price":1}', 0), []);
    assert.ok(hasShape(shape, outlineOf(came('{"price":2.5,"type":"tick"}', 0))));
    assert.ok(!hasShape(shape, outlineOf(came('{"price":2.5,"type":"echo"}', 0))));
    assert.ok(!hasShape(shape, outlineOf(came('{"price":1,"type":"tick"}', 0, true))));
  });

  it('of a text that quotes a client is the words around it', () => {
    const shape = shapeOf(came('Client #7 says: word!', 0), ['word']);
    assert.ok(hasShape(shape, outlineOf(came('Client #12 says: anything at all!', 0))));
    assert.ok(!hasShape(shape, outlineOf(came('You said: word!', 0))));
  });
});
