import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation, requestText, wireFor } from './conversation.js';

const CONNECT = 'CONNECT\naccept-version:1.2\nhost:/\nheart-beat:10000,10000\n\n\0';
const CONNECTED = 'CONNECTED\nversion:1.2\nheart-beat:10000,10000\nserver:RabbitMQ/3.10.8\n\n\0\n';
const receipt = (id: number) => `RECEIPT\nreceipt-id:${id}\n\n\0\n`;

test('stomp: CONNECT names host, login and passcode, filled in for its connection and never escaped', async () => {
  assert.deepEqual((await Conversation.begin(wireFor('stomp'))).said, [CONNECT]);
  const options = {
    ...{ host: 'v:1', login: '{{text:data.user}}', passcode: 'p:{{connection}}' },
    'heart-beat': '0,500',
  };
  const talk = await Conversation.begin(wireFor('stomp', { options }), { user: 'a:b' });
  assert.deepEqual(talk.said, [
    'CONNECT\naccept-version:1.2\nhost:v:1\nlogin:a:b\npasscode:p:3\nheart-beat:0,500\n\n\0',
  ]);
  talk.hears(CONNECTED);
  assert.deepEqual(talk.events, ['open']);
  // Without a heartbeat of its own it offers none.
  assert.deepEqual(talk.beat(), []);
});

test('stomp: an ERROR refuses the step that is under way, and is quoted', async () => {
  const session = [{ subscribe: '/topic/a' }, { to: '/app/hello', send: 'x' }];
  const error = 'ERROR\nmessage:Access refused\ncontent-length:3\n\nA\0B\0';
  const cases: [code: string, step: RegExp, ...said: string[]][] = [
    ['CONNECT_ERROR', /^step connect: .*refused: ERROR\nmessage:Access refused\n/s],
    ['SUBSCRIBE_ERROR', /step 1: .*message:Access refused\n.*A\0B$/s, CONNECTED],
    ['ERROR', /step 2: .*Access refused/s, CONNECTED, receipt(2)],
  ];
  for (const [code, step, ...said] of cases) {
    const talk = await Conversation.begin(wireFor('stomp', { session }));
    for (const each of [...said, error]) talk.hears(each);
    assert.deepEqual(talk.events, [`failed ${code}`]);
    assert.match(talk.failure, step);
  }
});

test('stomp: steps subscribe and send, and wait for the receipt with their id, or for a message that fits', async () => {
  const session = [
    { subscribe: '/topic/{{room}}' },
    { subscribe: { destination: '/queue/a:b', id: 'mine', durable: true, receipt: 'none' } },
    { subscribe: { destination: '/app/me' }, capture: { me: '$.user.id' } },
    { to: { destination: '/app/hi', note: 'line\nend {{session.me}}' }, send: { from: '{{session.me}}' } },
    { to: '/app/who', send: 'who', expect: { is: '{{session.me}}' } },
  ];
  const talk = await Conversation.begin(wireFor('stomp', { session, rooms: 2 }));
  assert.deepEqual(talk.hears(CONNECTED), ['SUBSCRIBE\nid:2\ndestination:/topic/1\nreceipt:2\n\n\0']);
  // Another receipt, a number that only begins like it, and one in a body are none of this step.
  assert.deepEqual(talk.hears(`${receipt(1)}${receipt(22)}RECEIPT\n\nreceipt-id:2\n\n\0`), []);
  assert.deepEqual(talk.hears('RECEIPT\r\nreceipt-id:2\r\n\r\n\0'), [
    'SUBSCRIBE\ndestination:/queue/a\\cb\nid:mine\ndurable:true\n\n\0',
    'SUBSCRIBE\nid:4\ndestination:/app/me\n\n\0',
  ]);
  const message = (subscription: string, body: string) =>
    `MESSAGE\nsubscription:${subscription}\nmessage-id:T_[{1\ndestination:/x\n\n${body}\0\n`;
  assert.deepEqual(talk.hears(message('2', '{"user":{"id":9}}')), []);
  assert.deepEqual(talk.hears(message('4', '{"user":{"id":"a:\\\\n"}}')), [
    'SEND\ndestination:/app/hi\nnote:line\\nend a\\c\\\\n\ncontent-type:application/json\nreceipt:5\n\n{"from":"a:\\\\n"}\0',
  ]);
  assert.deepEqual(talk.hears(receipt(5)), ['SEND\ndestination:/app/who\n\nwho\0']);
  talk.hears(`${message('2', '{"is":"b"}')}${message('2', '{"is":"a:\\\\n"}')}`);
  assert.deepEqual(talk.events.at(-1), 'open');
});

test('stomp: requests ask for a receipt with the number of the message, unless they have no reply', () => {
  const wire = wireFor('stomp', {
    requests: [
      { name: 'say', to: '/topic/{{room}}', send: { id: '{{sequence}}' } },
      { name: 'tell', to: { destination: '/topic/a', n: '{{sequence}}' }, send: 'x{{sequence}}', silent: true },
      { name: 'own', to: { destination: '/q', 'content-type': 'a/b' }, send: [1] },
    ],
  });
  const json = 'content-type:application/json\n';
  assert.equal(requestText(wire, 3), `SEND\ndestination:/topic/3\n${json}receipt:1000000000\n\n{"id":1000000000}\0`);
  assert.equal(wire.requests[1]!.send, 'SEND\ndestination:/topic/a\nn:{{sequence}}\n\nx{{sequence}}\0');
  assert.equal(wire.requests[2]!.send, 'SEND\ndestination:/q\ncontent-type:a/b\nreceipt:{{sequence}}\n\n[1]\0');
});

test('stomp: several frames in one message, a NUL in a body, heartbeats, and errors with and without a receipt', async () => {
  const talk = await Conversation.begin(wireFor('stomp'));
  talk.hears(
    `${CONNECTED}${receipt(1_000_000_000)}MESSAGE\ndestination:/a\ncontent-length:44\n\nERROR\0RECEIPT\nreceipt-id:1000000009\n\n\0tail..\0\n` +
      'ERROR\r\nreceipt-id:1000000001\r\nmessage:no\r\n\r\n\0\r\n\n',
  );
  for (const beat of ['\n', '\r\n']) talk.hears(beat);
  talk.hears('MESSAGE\nreceipt-id:1000000002\n\n\0');
  talk.hears('RECEIPT\nno-id:1\n\nreceipt-id:1000000003\0');
  assert.deepEqual(talk.events, [
    ...['open', 'reply 1000000000', 'count message', 'fails 1000000001'],
    ...['count heartbeat', 'count heartbeat', 'count message', 'reply -1'],
  ]);
  talk.hears('ERROR\nmessage:broken\n\nreceipt-id:1000000004\0');
  assert.deepEqual(talk.events.slice(8, 10), [
    'ends ERROR',
    'error ERROR: ERROR\nmessage:broken\n\nreceipt-id:1000000004',
  ]);
});

test('stomp: heartbeats go out as often as both want them, and not at all where the server wants none', async () => {
  const beating = async (wanted: string, beat: 'off' | null = null) => {
    const wire = wireFor('stomp', { options: { 'heart-beat': '1000,0' }, beat });
    const talk = await Conversation.begin(wire);
    talk.hears(CONNECTED.replace('heart-beat:10000,10000\n', wanted));
    const said: string[] = [];
    for (let second = 1; second <= 6; second++) {
      await talk.after(1000);
      if (talk.beat().length > 0) said.push(`${second}`);
    }
    return said.join(' ');
  };
  assert.equal(await beating('heart-beat:0,1000\n'), '1 2 3 4 5 6');
  assert.equal(await beating('heart-beat:0,500\n'), '1 2 3 4 5 6');
  // The next one would come after 3 s, which is too late.
  assert.equal(await beating('heart-beat:0,2500\n'), '2 4 6');
  assert.equal(await beating('heart-beat:0,3000\n'), '3 6');
  for (const none of ['heart-beat:1000,0\n', '', 'heart-beat:1000\n', 'heart-beat:x,-1\n']) {
    assert.equal(await beating(none), '', none);
  }
  assert.equal(await beating('heart-beat:0,1000\n', 'off'), '');
});
