import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillBytes } from '../../src/plan/fill-bytes.js';
import type { JsonValue } from '../../src/profile/profile.js';
import { Conversation, type Words, wireFor } from './conversation.js';

const CONNACK = '20 02 00 00';
const ASCII = (text: string) => Buffer.from(text).toString('hex');
/** `10 0c 0004 MQTT 04 02 003c 0000`: a clean session, 60 s, no client id. */
const BARE_CONNECT = `100c0004${ASCII('MQTT')}0402003c0000`;
const IN_ROOM = { connection: 3, env: {}, row: undefined, room: 1 };

function requestBytes(qos: number, to: string, send: JsonValue): string {
  const { requests } = wireFor('mqtt', { requests: [{ name: 'ask', to, send, words: { qos } }] });
  return fillBytes(requests[0]!.send, IN_ROOM);
}

async function opened(words: Words = {}): Promise<Conversation> {
  const talk = await Conversation.begin(wireFor('mqtt', words));
  talk.hearsBytes(CONNACK);
  return talk;
}

describe('mqtt', () => {
  it('connects in a binary frame, with a clean session', async () => {
    const talk = await Conversation.begin(wireFor('mqtt'));
    assert.deepEqual(talk.hexSince(0), [BARE_CONNECT]);
    assert.equal(talk.frames[0]!.isText, false);
    talk.hearsBytes(CONNACK);
    assert.deepEqual(talk.events, ['open']);
  });

  it('connects with client id, user, password and keep-alive, each filled in behind its length', async () => {
    const options = { clientId: 'c-{{connection}}', user: '{{data.user}}', password: 'ü', keepAlive: 2500 };
    const talk = await Conversation.begin(wireFor('mqtt', { options }), { user: 'ann' });
    const rest = `0004${ASCII('MQTT')}04c20003${'0003'}${ASCII('c-3')}${'0003'}${ASCII('ann')}${'0002'}c3bc`;
    assert.deepEqual(talk.hexSince(0), [`10${(rest.length / 2).toString(16)}${rest}`]);
  });

  it('names why a connect is refused, and shows the bytes', async () => {
    const cases: [last: string, code: string][] = [
      ['01', 'connack_1_unacceptable_protocol_version'],
      ['02', 'connack_2_identifier_rejected'],
      ['03', 'connack_3_server_unavailable'],
      ['04', 'connack_4_bad_user_name_or_password'],
      ['05', 'connack_5_not_authorized'],
      ['87', 'connack_135'],
    ];
    for (const [last, code] of cases) {
      const talk = await Conversation.begin(wireFor('mqtt'));
      talk.hearsBytes(`20 02 00 ${last}`);
      assert.deepEqual(talk.events, [`failed ${code}`]);
      assert.match(talk.failure, /^step connect: the server refused: /);
    }
  });

  it('subscribes with an id of its own and waits for its SUBACK', async () => {
    const session = [{ subscribe: 'a/{{room}}/+' }, { subscribe: 'b', words: { qos: 1 } }];
    const talk = await Conversation.begin(wireFor('mqtt', { session, rooms: 2 }));
    assert.deepEqual(talk.hearsBytes(CONNACK), [`820a0002${'0005'}${ASCII('a/1/+')}00`]);
    // The SUBACK of another id, and a retained message, are not waited for.
    assert.deepEqual(talk.hearsBytes('90 03 00 07 00  31 04 00 01 61 2a'), []);
    assert.deepEqual(talk.hearsBytes('90 03 00 02 00'), [`82060003${'0001'}${ASCII('b')}01`]);
    talk.hearsBytes('90 03 00 03 01');
    assert.deepEqual(talk.events, ['count retained', 'open']);
  });

  it('is refused a subscription', async () => {
    const talk = await opened({ session: [{ name: 'join', subscribe: 'a' }] });
    talk.hearsBytes('90 03 00 02 80');
    assert.deepEqual(talk.events, ['failed suback_80_refused']);
    assert.match(talk.failure, /^step join: the server refused: \\x90\\x03\\x00\\x02\\x80$/);
  });

  it('publishes in steps: QoS 1 waits for its PUBACK, QoS 0 for nothing, and a step may wait for a delivery', async () => {
    const session = [
      { to: 'a', send: 'x', words: { qos: 1 } },
      { to: 'b', send: { n: '{{connection}}' } },
      { expect: { ok: true }, capture: { id: '$.id' } },
    ];
    const talk = await Conversation.begin(wireFor('mqtt', { session }));
    assert.deepEqual(talk.hearsBytes(CONNACK), [`3206${'0001'}61${'0002'}78`]);
    assert.deepEqual(talk.hearsBytes('40 02 00 02'), [`300a${'0001'}62${ASCII('{"n":3}')}`]);
    // Its topic has a bracket, and its length is the byte of one.
    const topic = `{${'a'.repeat(97)}`;
    const rest = `${topic.length.toString(16).padStart(4, '0')}${ASCII(topic)}${ASCII('{"ok":true,"id":"u1"}')}`;
    assert.equal(rest.length / 2, 0x79);
    talk.hearsBytes(`3079${rest}`);
    assert.deepEqual(talk.events, ['open']);
    assert.deepEqual(talk.captured, { id: 'u1' });
  });

  it('confirms every delivery of QoS 1 by its id, in one frame for each read, whatever it means', async () => {
    const session = [{ subscribe: 'a' }];
    const talk = await opened({ session, delivers: true });
    const qos1 = (id: string, payload: string) => `32 0${5 + payload.length} 00 01 61 ${id} ${ASCII(payload)}`;
    assert.deepEqual(talk.hearsBytes(`90 03 00 02 01 ${qos1('3031', 'a')}`), ['40023031']);
    assert.deepEqual(talk.hearsBytes(`${qos1('0102', '7')} 30 04 00 01 61 38 ${qos1('ffff', '9')}`), [
      '4002010240' + '02ffff',
    ]);
    assert.deepEqual(talk.events, ['open', 'delivery a', 'delivery 7', 'delivery 8', 'delivery 9']);
  });

  it('reads packets that begin in one frame and end in another', async () => {
    const talk = await opened({ delivers: true });
    const bytes = Buffer.from('3004000161333206000161000735 40020001 d000'.replaceAll(' ', ''), 'hex');
    const confirmed = [...bytes].flatMap((byte) => talk.hearsBytes(byte.toString(16).padStart(2, '0')));
    assert.deepEqual(talk.events, ['open', 'delivery 3', 'delivery 5', 'reply 1', 'count pingresp']);
    assert.deepEqual(confirmed, ['40020007']);
  });

  it('sends a ping twice in each keep-alive, and says goodbye before it closes', async () => {
    const wire = wireFor('mqtt', { options: { keepAlive: 3000 } });
    assert.equal(wire.beat!.everyMs, 1500);
    const talk = await Conversation.begin(wire);
    talk.hearsBytes(CONNACK);
    talk.beat();
    assert.equal(talk.hexSince(1)[0], 'c000');
    await talk.closes();
    assert.deepEqual(talk.hexSince(2), ['e000']);
    // A broker ends the connection of who said goodbye as it likes.
    assert.deepEqual([talk.events, talk.ends], [['open'], ['1006']]);
    assert.equal(wireFor('mqtt', { options: { keepAlive: 'off' } }).beat, null);
    assert.equal(wireFor('mqtt', { beat: 'off' }).beat, null);
  });

  it('requests are PUBLISH packets: of QoS 1 with an id', () => {
    assert.equal(requestBytes(0, 'a/{{room}}', 'hi {{sequence}}'), '0\x12\0\x03a/1hi {{sequence}}');
    assert.equal(requestBytes(1, 'a', { n: '{{sequence}}' }), '2\x15\0\x01a{{id}}{"n":{{sequence}}}');
    assert.equal(requestBytes(1, 'ä', ''), '2\x06\0\x02\xc3\xa4{{id}}');
  });

  it('ends a connection whose frames cannot be understood', async () => {
    const cases: [what: string, hear: (talk: Conversation) => void, code: string][] = [
      ['a length of five bytes', (talk) => talk.hearsBytes('30 ff ff ff ff 01'), 'packet_length'],
      ['a packet of 100 MiB', (talk) => talk.hearsBytes('30 80 80 80 32'), 'packet_size'],
      ['text', (talk) => talk.hears('hello'), 'text_frame'],
    ];
    for (const [what, hear, code] of cases) {
      const talk = await opened();
      hear(talk);
      // What comes before the connection is gone is left alone.
      talk.hearsBytes('30 04 00 01 61 33');
      await talk.waits(5);
      assert.deepEqual([talk.events, talk.ends], [['open', `error ${code}: undefined`], ['1006 dirty']], what);
      const early = await Conversation.begin(wireFor('mqtt'));
      hear(early);
      assert.deepEqual(early.events, [`failed ${code}`], what);
      assert.match(early.failure, /^step connect: a /);
    }
  });

  it('waits for ever for the rest of a packet, and takes nothing for it', async () => {
    const talk = await opened();
    assert.deepEqual(talk.hearsBytes('30 20 00 01 61'), []);
    await talk.waits(60_000);
    assert.deepEqual(talk.events, ['open']);
  });
});
