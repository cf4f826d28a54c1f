import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problemLines, withLoad } from './fixtures.js';

const URL = 'target: { url: "ws://127.0.0.1:9/" }\n';
const IO = `${URL}protocol: socket.io\n`;
const STOMP = `${URL}protocol: stomp\n`;

/** What is wrong, and every line that must come of it. The load of `withLoad` stands in the first line. */
type Slip = [text: string, problems: readonly string[]];

const SLIPS: readonly Slip[] = [
  [
    withLoad('protocol: socketio'),
    [
      '2:11 protocol: "socketio" is not one of none, json-rpc, socket.io, graphql-ws, phoenix, signalr, actioncable, pusher, centrifugo, stomp, mqtt [did you mean "socket.io"?]',
    ],
  ],
  [
    withLoad('protocol: 7'),
    [
      '2:11 protocol: 7 is not one of none, json-rpc, socket.io, graphql-ws, phoenix, signalr, actioncable, pusher, centrifugo, stomp, mqtt',
    ],
  ],
  [withLoad(`${URL}protocol: {}`), ['3:1 protocol.name: is missing']],
  [
    withLoad('protocol: none\nrequests: [{ name: q }]'),
    ['3:12 requests[0].send: is missing [say what is sent: the message itself: a text, or JSON]'],
  ],
  [
    withLoad(`${URL}protocol: { name: socket.io, auht: x }\nrequests: [{ name: q, to: a }]`),
    ['3:30 protocol.auht: unknown key [did you mean "auth"?]'],
  ],
  [
    withLoad(`${URL}protocol: { name: json-rpc, namespace: /x }\nrequests: [{ name: q, to: a }]`),
    ['3:29 protocol.namespace: belongs to socket.io [json-rpc has no options]'],
  ],
  [
    withLoad(`${URL}protocol: { name: none, auth: x }`),
    ['3:25 protocol.auth: belongs to socket.io [none has no options]'],
  ],
  [
    withLoad(`${URL}protocol: { name: none, beat: 10s }`),
    [
      '3:25 protocol.beat: belongs to a protocol [say what the server speaks, or answer its heartbeat with a rule of when]',
    ],
  ],
  [
    withLoad(`${URL}protocol: { name: phoenix, beat: 10 }\nrequests: [{ name: q, to: a b }]`),
    ['3:34 protocol.beat: 10 has no unit [write 10s or 10ms, or off]'],
  ],
  [
    withLoad(`${URL}protocol: { name: phoenix, beat: of }\nrequests: [{ name: q, to: a b }]`),
    ['3:34 protocol.beat: "of" is not a duration [write it like 30s, 500ms or 1m30s, or off]'],
  ],
  [
    withLoad(`${URL}protocol: { name: socket.io, namespace: chat }\nrequests: [{ name: q, to: a }]`),
    ['3:41 protocol.namespace: "chat" is not allowed here [write it like /chat]'],
  ],
  [
    withLoad(`${URL}protocol: { name: socket.io, namespace: '/{{data.x}}' }\nrequests: [{ name: q, to: a }]`),
    [
      '3:30 protocol.namespace: holds a token: all connections share it [a connection is told by its token or its data, not by its namespace]',
    ],
  ],
  [
    withLoad(`${URL}protocol: { name: socket.io, auth: { t: '{{data.x}}' } }\nrequests: [{ name: q, to: a }]`),
    [
      '3:38 protocol.auth.t: uses {{data.x}}, but the data has no such column [name a .csv or .json file with rows in `data:`]',
    ],
  ],
  [
    withLoad(`${URL}protocol: { name: socket.io, auth: { t: '{{session.x}}' } }\nrequests: [{ name: q, to: a }]`),
    [
      '3:38 protocol.auth.t: uses {{session.x}}, which nothing has captured by then [the protocol connects before the session begins: use {{data.x}} or {{env.X}}]',
    ],
  ],
  [
    withLoad(`${URL}protocol: { name: socket.io, auth: { t: '{{sequence}}' } }\nrequests: [{ name: q, to: a }]`),
    ['3:38 protocol.auth.t: holds {{sequence}}, which changes with every message [use {{connection}} here]'],
  ],
  [
    withLoad(`${URL}protocol: { name: signalr, hubProtocol: messagepack }\nrequests: [{ name: q, to: a }]`),
    ['3:28 protocol.hubProtocol: unknown key [only the JSON hub protocol of SignalR is spoken, not MessagePack]'],
  ],
  [
    withLoad(`${URL}protocol: { name: signalr, format: MessagePack }\nrequests: [{ name: q, to: a }]`),
    ['3:28 protocol.format: unknown key [only the JSON hub protocol of SignalR is spoken, not MessagePack]'],
  ],
  [
    withLoad(`${URL}protocol: { name: signalr, format: json }\nrequests: [{ name: q, to: a }]`),
    ['3:28 protocol.format: unknown key [one of: name, beat]'],
  ],
  [
    withLoad(`${URL}protocol: { name: centrifugo, tokens: x }\nrequests: [{ name: q, to: rpc a }]`),
    ['3:31 protocol.tokens: unknown key [did you mean "token"?]'],
  ],
  [
    withLoad('protocol: socket.io\nrequests: [{ name: q, to: a }]'),
    ['2:1 protocol: the reference server does not speak socket.io [give the url of a server that speaks it]'],
  ],
  [
    withLoad(
      'target: { url: "ws://h:1/socket.io/?transport=polling" }\nprotocol: socket.io\nrequests: [{ name: q, to: a }]',
    ),
    [
      '2:11 target.url: asks for a transport other than WebSocket, e.g. polling [remove transport, or say transport=websocket]',
    ],
  ],
  [
    withLoad('target: { url: "ws://h:1/socket.io/?EIO=3" }\nprotocol: socket.io\nrequests: [{ name: q, to: a }]'),
    ['2:11 target.url: asks for another version of Engine.IO than 4 [remove EIO; Socket.IO 2 and older is not spoken]'],
  ],
  [
    withLoad(
      'target: { url: "ws://h:1/socket/websocket?vsn=1.0.0" }\nprotocol: phoenix\nrequests: [{ name: q, to: a b }]',
    ),
    ['2:11 target.url: asks for another serializer than version 2.0.0 [remove vsn, or say vsn=2.0.0]'],
  ],
  [
    withLoad(
      'target: { url: "ws://h:1/app/k?protocol=4" }\nprotocol: pusher\nrequests: [{ name: q, to: private-a client-b }]',
    ),
    ['2:11 target.url: asks for another protocol than 7 [remove protocol, or say protocol=7]'],
  ],
  [
    withLoad(`${URL}protocol: socket.io`),
    [
      '1:8 load[0]: names no requests, which say what is sent with protocol: socket.io [e.g. requests: [{ name: ask, to: ..., send: ... }], or rate: 0 to hold connections silently]',
    ],
  ],
  [
    withLoad(`${IO}message: { size: 64 }`),
    [
      '1:8 load[0]: names no requests, which say what is sent with protocol: socket.io [e.g. requests: [{ name: ask, to: ..., send: ... }], or rate: 0 to hold connections silently]',
    ],
  ],
  [
    withLoad(`${IO}requests: [{ name: q, send: [1] }]`),
    ['4:12 requests[0].to: is missing [with protocol: socket.io it is the event]'],
  ],
  [withLoad(`${IO}requests: [{ name: q }]`), ['4:12 requests[0].to: is missing [say what is sent: event]']],
  [
    withLoad(`${IO}requests: [{ name: q, to: 7 }]`),
    ['4:23 requests[0].to: is no text [it is the name of an event, e.g. message]'],
  ],
  [
    withLoad(`${IO}requests: [{ name: q, to: disconnect }]`),
    ['4:23 requests[0].to: is a name that Socket.IO keeps for itself [emit another event]'],
  ],
  [
    withLoad(`${IO}requests: [{ name: q, to: a }]\nreply: { match: order }`),
    ['5:10 reply.match: does not go with protocol: socket.io, whose replies have numbers [remove it]'],
  ],
  [
    withLoad(`${IO}requests: [{ name: q, to: a }]\nreply: { field: id }`),
    ['5:10 reply.field: does not go with protocol: socket.io, which says where the number is [remove it]'],
  ],
  [
    withLoad(`${IO}requests: [{ name: q, to: a }]\nreply: { echo: full }`),
    ['5:10 reply.echo: does not go with requests: a reply is no echo [say what the reply must hold: expect]'],
  ],
  [
    withLoad(`${IO}requests: [{ name: q, to: a, action: x }]`),
    ['4:30 requests[0].action: belongs to protocol: actioncable [remove it]'],
  ],
  [
    withLoad(`${IO}session: [{ subscribe: x }]\nrequests: [{ name: q, to: a }]`),
    [
      '4:13 session[0].subscribe: does not go with protocol: socket.io, which has no confirmed subscriptions [send the event or call the method that subscribes, and expect its answer]',
    ],
  ],
  [
    withLoad(`${URL}protocol: graphql-ws\nrequests: [{ name: q, to: a, send: { query: '{ a }' } }]`),
    [
      '4:23 requests[0].to: does not go with protocol: graphql-ws [put everything into send: { query, variables, operationName }]',
    ],
  ],
  [
    withLoad(`${URL}protocol: graphql-ws\nrequests: [{ name: q, send: { a: 1 } }]`),
    ["4:23 requests[0].send: holds no query [write it like { query: 'query { me { name } }', variables: {} }]"],
  ],
  [
    withLoad(`${URL}protocol: json-rpc\nsession: [{ subscribe: [a, [b], c] }]\nrequests: [{ name: q, to: m }]`),
    ['4:13 session[0].subscribe: is no [method, params] [write it like [eth_subscribe, [newHeads]]]'],
  ],
  [
    withLoad(`${URL}protocol: phoenix\nrequests: [{ name: q, to: topic }]`),
    ['4:23 requests[0].to: is no topic and event, separated by a space [write it like room:1 new_msg]'],
  ],
  [
    withLoad(`${URL}protocol: { name: graphql-ws, beat: 10s }\nrequests: [{ name: q, send: '{ a }' }]`),
    [
      '3:31 protocol.beat: is set by the server in graphql-ws, and answered by the client [say off to leave it unanswered, or remove it]',
    ],
  ],
  [
    withLoad(`${URL}protocol: { name: actioncable, beat: off }\nrequests: [{ name: q, to: C, send: { a: 1 } }]`),
    ['3:32 protocol.beat: does not go with actioncable, whose clients owe no heartbeat [remove it]'],
  ],
  [
    withLoad(
      `${URL}protocol: actioncable\nsession: [{ subscribe: { room: 1 } }]\nrequests: [{ name: q, to: C, send: { a: 1 } }]`,
    ),
    ['4:13 session[0].subscribe: names no channel [write the channel, or { channel, ... }]'],
  ],
  [
    withLoad(`${URL}protocol: actioncable\nrequests: [{ name: q, to: C, send: { a: 1 }, expect: { b: 1 } }]`),
    [
      '4:46 requests[0].expect: asks for a reply, which actioncable never gives [remove it, or expect it in a step of the session]',
    ],
  ],
  [
    withLoad(`${URL}protocol: actioncable\nreply: { match: sequence }\nrequests: [{ name: q, to: C, send: { a: 1 } }]`),
    ['4:10 reply.match: does not go with protocol: actioncable, which answers no message [remove it]'],
  ],
  [
    withLoad(`${URL}protocol: actioncable\nrequests: [{ name: q, to: C, send: text }]`),
    ['4:30 requests[0].send: is no mapping [write it like { body: hello }]'],
  ],
  [
    withLoad(`${URL}protocol: pusher\nrequests: [{ name: q, to: public client-a }]`),
    ['4:23 requests[0].to: names a public channel, which takes no client events [private-... or presence-...]'],
  ],
  [
    withLoad(`${URL}protocol: pusher\nrequests: [{ name: q, to: private-a typing }]`),
    ['4:23 requests[0].to: names no client event [its name begins with client-]'],
  ],
  [
    withLoad(`${URL}protocol: centrifugo\nrequests: [{ name: q, to: call m }]`),
    ['4:23 requests[0].to: is neither an rpc nor a publish [write it like rpc METHOD or publish CHANNEL]'],
  ],
  ...(
    [
      [
        '{ destination: /a, ack: client }',
        'says ack: client, so that the server waits for an ACK of each message [wsurge acknowledges no message: leave ack out, which means auto]',
      ],
      [
        '{ destination: /a, receipt: 5 }',
        'says receipt, which wsurge says itself [leave it out, or say receipt: none for a server that sends no receipts]',
      ],
      ['{ destination: /a, x: [1] }', 'has a header that is no text: x [a header is a text, a number, true or false]'],
      ['{ id: 4 }', 'names no destination [write the destination, or { destination, HEADER: ... }]'],
    ] as const
  ).map(
    ([subscribe, problem]): Slip => [
      withLoad(`${STOMP}session: [{ subscribe: ${subscribe} }]\nrequests: [{ name: q, to: /a }]`),
      [`4:13 session[0].subscribe: ${problem}`],
    ],
  ),
  [
    withLoad(`${STOMP}requests: [{ name: q, to: { destination: /a, receipt: 4 }, send: "a\\0b", expect: { a: 1 } }]`),
    [
      '4:23 requests[0].to: says receipt, which wsurge says itself [remove it; where the server sends no receipts, say reply: none]',
      '4:60 requests[0].send: holds a NUL, which ends a frame [send text or JSON]',
      '4:74 requests[0].expect: asks for what a reply holds, but a reply of stomp only says that the message arrived [remove it, or expect it in a step of the session]',
    ],
  ],
  [
    withLoad(`${STOMP}requests: [{ name: q, to: /a, send: hello, reaches: all }]`),
    [
      "4:44 requests[0].reaches: needs {{sequence}} in send, by which deliveries are known [put it in, e.g. send: { id: '{{sequence}}' }; the id that stomp adds does not reach others]",
    ],
  ],
  ...(
    [
      ["heart-beat: '1000'", '3:38 protocol.heart-beat: "1000" is not allowed here'],
      ["heart-beat: '5,1000'", '3:38 protocol.heart-beat: "5,1000" is not allowed here'],
    ] as const
  ).map(
    ([beat, problem]): Slip => [
      withLoad(`${URL}protocol: { name: stomp, ${beat} }\nrequests: [{ name: q, to: /a }]`),
      [`${problem} [write it like '10000,10000', in quotes: 0 for none, else at least 10 ms]`],
    ],
  ),
  [
    withLoad(`${URL}protocol: { name: stomp, passcode: "a\\nb" }\nrequests: [{ name: q, to: /a }]`),
    ['3:26 protocol.passcode: holds a line end or a NUL, which no header of CONNECT can hold'],
  ],
  [
    "target: { url: 'ws://h:1/' }\nprotocol: actioncable\nrequests: [{ name: q, to: C, send: { a: 1 } }]\nload: [{ connections: 10, model: closed }]",
    ['4:27 load[0].model: waits for replies, which actioncable never gives [use model: open with a rate]'],
  ],
  [
    "target: { url: 'ws://h:1/' }\nprotocol: socket.io\nrequests: [{ name: a, to: '{{sequence}}' }]\nload: [{ connections: 10, rate: 5, message: { size: 64 } }]",
    [
      '4:8 load[0]: names no requests, which say what is sent with protocol: socket.io [e.g. requests: [{ name: ask, to: ..., send: ... }], or rate: 0 to hold connections silently]',
    ],
  ],
  [
    withLoad(`${URL}protocol: { name: mqtt, qos: 2 }\nrequests: [{ name: q, to: a }]`),
    [
      '3:30 protocol.qos: 2 is not spoken [use qos: 1; QoS 2 takes four packets for a message, which wsurge does not speak]',
    ],
  ],
  [
    withLoad(`${URL}protocol: { name: mqtt, clientId: me }\nrequests: [{ name: q, to: a, qos: 1 }]`),
    [
      '3:35 protocol.clientId: "me" is the same for all connections, and a broker closes the older one of two clients with one id [write it like load-{{connection}}, or leave it out: the broker then makes one up]',
    ],
  ],
  [
    withLoad(`${URL}protocol: mqtt\nrequests: [{ name: q, to: 'a/+', qos: 1 }]`),
    ['4:23 requests[0].to: holds + or #, which only a subscription may have [name one topic]'],
  ],
  [
    withLoad(`${URL}protocol: mqtt\nsession: [{ subscribe: 'a/#/b' }]\nrequests: [{ name: q, to: a, qos: 1 }]`),
    [
      '4:13 session[0].subscribe: is no topic filter: + stands for a whole level, # for all levels at the end [write it like sensors/+/state or sensors/#]',
    ],
  ],
  [
    withLoad(`${URL}protocol: mqtt\nrequests: [{ name: q, to: a, qos: 1, expect: { ok: true } }]`),
    [
      '4:38 requests[0].expect: asks for what a reply holds, but a reply of mqtt only says that the message arrived [remove it, or expect it in a step of the session]',
    ],
  ],
  [
    withLoad(`${URL}protocol: mqtt\nwhen: [{ has: ping, send: pong }]\nrequests: [{ name: q, to: a, qos: 1 }]`),
    [
      '4:21 when[0].send: does not go with protocol: mqtt, whose messages are bytes [count the message; what the protocol itself obliges to is sent without a rule]',
    ],
  ],
  [
    "target: { url: 'ws://h:1/' }\nprotocol: mqtt\nrequests: [{ name: a, to: b }]\nload: [{ connections: 10, model: closed }]",
    [
      '4:27 load[0].model: waits for replies, and nothing answers one of the requests [use qos: 1, or model: open with a rate]',
    ],
  ],
  [
    withLoad(`${URL}protocol: mqtt\nrequests: [{ name: q, to: a, send: hi, reaches: all }]`),
    [
      "4:40 requests[0].reaches: needs {{sequence}} in send, by which deliveries are known [put it in, e.g. send: { id: '{{sequence}}' }; the id that mqtt adds does not reach others]",
    ],
  ],
];

describe('what is refused about protocols', () => {
  for (const [text, problems] of SLIPS) {
    it(problems[0]!, () => assert.deepEqual(problemLines(text), problems));
  }
});
