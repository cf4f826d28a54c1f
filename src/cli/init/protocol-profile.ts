/** The profiles that `wsurge init --protocol` writes: what to say in each protocol, to be replaced by one's own words. */
import { PROTOCOLS, type ProtocolName } from '../../profile/protocols.js';

interface Words {
  /** The address where such servers listen by themselves. */
  readonly url: string;
  /** Comments, and the lines of `protocol`, `session` and `when` in that order. */
  readonly before: string;
  /** Comments and the lines of `requests`; null if the load only listens. */
  readonly requests: string | null;
  /** A commented example of requests, where none can go out by themselves. */
  readonly later?: string;
  /** The request whose times are held to a limit; null where nothing is answered. */
  readonly timed: string | null;
}

const WORDS: Readonly<Record<ProtocolName, Words>> = {
  none: {
    url: 'ws://127.0.0.1:9001/',
    before: `# The session: from the upgrade until a connection counts as open. Each step sends, and waits for what it expects.
session:
  - name: login
    send: { type: login, user: 'user-{{connection}}' }
    expect: { type: welcome }          # part of the JSON that must come, or { text: '...' }
    capture: { user: $.user.id }       # {{session.user}} in what is sent later

# What messages mean that are no replies. The first rule that fits decides.
when:
  - { has: '"type":"ping"', send: { type: pong } }   # a duty: answered at once
  - { has: '"type":"tick"', count: tick }            # expected traffic, counted
  - { has: '"type":"error"', fails: true }           # a reply that says no
`,
    requests: `# What is sent. Each reply repeats the number, in any field: reply: { field: id } says in which.
requests:
  - { name: quote, weight: 4, send: { type: quote, id: '{{sequence}}' } }
  - { name: order, weight: 1, send: { type: order, id: '{{sequence}}', user: '{{session.user}}' } }
# What the server passes on to many has reaches: all, room or others; then every delivery is followed
# (docs/guide/fanout.md):
#   - { name: say, send: { type: say, id: '{{sequence}}' }, reaches: all, reply: none }
reply: { field: id, timeout: 5s }
`,
    timed: 'quote',
  },
  'json-rpc': {
    url: 'ws://127.0.0.1:8545/',
    before: `protocol: json-rpc

# Until a connection counts as open. With subscribe, the notifications are counted.
session:
  - { name: watch, subscribe: [eth_subscribe, [newHeads]] }
`,
    requests: `# to: the method; send: its params. The id is added, and the answer is found by it. An error counts as failed.
requests:
  - { name: block, weight: 4, to: eth_blockNumber, send: [] }
  - { name: gas, weight: 1, to: eth_gasPrice, send: [] }
`,
    timed: 'block',
  },
  'socket.io': {
    url: 'ws://127.0.0.1:3000/socket.io/',
    before: `# Options: namespace: /chat, and auth, which the server sees as socket.handshake.auth.
protocol:
  name: socket.io
  # namespace: /chat
  # auth: { token: '\${env:TOKEN}' }

# Connections are spread over so many rooms; {{room}} is the number of one's own.
rooms: 10

# Until a connection counts as open. With expect, the server must acknowledge: its handler calls the callback.
session:
  - { name: join, to: join, send: ['room-{{room}}'] }
`,
    requests: `# to: the event; send: the list of its arguments. A reply is the acknowledgement, so the server's handler must call its
# callback: socket.on('say', (room, text, callback) => callback({ ok: true })). Events of the server are counted.
requests:
  - { name: say, weight: 1, to: say, send: ['room-{{room}}', 'hello from {{connection}}'] }
  - { name: history, weight: 4, to: history, send: ['room-{{room}}', 20] }
# Does the server pass it on to the room? Then follow every delivery, first to last (docs/guide/fanout.md):
#   - { name: say, to: say, send: ['room-{{room}}', '{{sequence}} hello'], reaches: room }
`,
    timed: 'history',
  },
  'graphql-ws': {
    url: 'ws://127.0.0.1:4000/graphql',
    before: `# Option: payload, which connection_init carries, e.g. a token.
protocol:
  name: graphql-ws
  # payload: { authorization: 'Bearer \${env:TOKEN}' }

# Until a connection counts as open. Results of subscriptions are counted. Yours instead:
# session:
#   - { name: watch, subscribe: { query: 'subscription { messageAdded { id text } }' } }
`,
    requests: `# Each is sent as one operation; its first result is the reply. Results with errors count as failed.
requests:
  - { name: schema, weight: 1, send: { query: '{ __schema { queryType { name } } }' } }
  - { name: type, weight: 4, send: { query: '{ __typename }' } }
`,
    timed: 'type',
  },
  phoenix: {
    url: 'ws://127.0.0.1:4000/socket/websocket',
    before: `protocol: phoenix

# Until a connection counts as open: the channel is joined. What the channel broadcasts is counted.
session:
  - { name: join, subscribe: { topic: 'room:lobby', payload: {} } }
`,
    requests: `# to: topic and event; send: the payload. A reply is what handle_in returns: {:reply, {:ok, ...}, socket}.
requests:
  - { name: ping, weight: 4, to: 'room:lobby ping', send: { from: '{{connection}}' } }
  - { name: heartbeat, weight: 1, to: phoenix heartbeat, send: {} }
`,
    timed: 'ping',
  },
  signalr: {
    url: 'ws://127.0.0.1:5000/chathub',
    before: `# JSON hub protocol, without negotiation by HTTP. A token goes into the URL: ?access_token={{env.TOKEN}}
protocol: signalr
`,
    requests: `# to: the hub method; send: the list of its arguments. The reply is its completion; an error counts as failed.
# What the server invokes on its clients is counted.
requests:
  - { name: send, to: SendMessage, send: ['user-{{connection}}', hello] }
`,
    timed: 'send',
  },
  actioncable: {
    url: 'ws://127.0.0.1:3000/cable',
    before: `protocol: actioncable

# Connections are spread over so many rooms; {{room}} is the number of one's own.
rooms: 10

# Until a connection counts as open: the channel has confirmed. What it pushes is counted.
session:
  - { name: join, subscribe: { channel: ChatChannel, room: '{{room}}' } }
`,
    requests: `# to: the channel, as subscribed; action and send: what the channel performs. Rails never answers an action: there are
# no response times, but what was sent and pushed is counted.
requests:
  - { name: speak, to: { channel: ChatChannel, room: '{{room}}' }, action: speak, send: { body: hello } }
# With the number in what is passed on, and reaches: room, every delivery is followed (docs/guide/fanout.md):
#   send: { body: '{{sequence}} hello' }, reaches: room
`,
    timed: null,
  },
  pusher: {
    url: 'ws://127.0.0.1:6001/app/app-key',
    before: `# The key of the app is the last part of the address.
protocol: pusher

# Until a connection counts as open: the channel is subscribed to. Its events are counted.
session:
  - { name: join, subscribe: my-channel }
`,
    requests: null,
    later: `# Clients may send on private channels only, which need a signature of your own server for every connection:
#   session: [{ name: join, subscribe: { channel: private-chat, auth: '{{data.auth}}' } }]
#   requests: [{ name: typing, to: private-chat client-typing, send: { user: '{{connection}}' } }]
# Nobody answers such an event. Until then the load listens; let your server publish meanwhile.
`,
    timed: null,
  },
  centrifugo: {
    url: 'ws://127.0.0.1:8000/connection/websocket',
    before: `# Options: token, the JWT of the connection, and data.
protocol:
  name: centrifugo
  # token: '\${env:TOKEN}'

# Until a connection counts as open. What the channel publishes is counted.
session:
  - { name: join, subscribe: news }
`,
    requests: `# to: rpc METHOD or publish CHANNEL; send: the data. An error counts as failed: a channel must allow its subscribers to
# publish, and an rpc needs a handler.
requests:
  - { name: publish, to: publish news, send: { text: 'hello {{sequence}}' } }
`,
    timed: 'publish',
  },
  stomp: {
    url: 'ws://127.0.0.1:15674/ws',
    before: `# Options: who logs in, and the virtual host. heart-beat: '10000,10000' says how often both sides beat, ms.
protocol:
  name: stomp
  # login: guest
  # passcode: '\${env:TOKEN}'
  # host: /

# Connections are spread over so many rooms; {{room}} is the number of one's own.
rooms: 10

# Until a connection counts as open: the server has confirmed. A server without receipts (Spring's simple broker):
# subscribe: { destination: ..., receipt: none }
session:
  - { name: join, subscribe: '/topic/room-{{room}}' }
`,
    requests: `# to: the destination; send: the body. The reply is the receipt of the server; reply: none asks for no receipt.
# reaches: everybody in the room gets the message, and is found out by the number in it.
requests:
  - { name: say, to: '/topic/room-{{room}}', send: { id: '{{sequence}}', text: hello }, reaches: room }
`,
    timed: 'say',
  },
  mqtt: {
    url: 'ws://127.0.0.1:9001/mqtt',
    before: `# MQTT 3.1.1. Options: clientId, user, password, keepAlive, and qos for all that is published and subscribed to.
protocol:
  name: mqtt
  qos: 1
  # clientId: 'load-{{connection}}'    # else the broker makes one up
  # user: load
  # password: '\${env:TOKEN}'

# Connections are spread over so many rooms; {{room}} is the number of one's own.
rooms: 10

# Until a connection counts as open: the broker has confirmed the subscription.
session:
  - { name: join, subscribe: 'load/{{room}}' }
`,
    requests: `# to: the topic; send: the payload. The reply is the broker's PUBACK (QoS 1). Everybody in the room is sent the message:
# by {{sequence}} it is known who got it, and when. With qos: 0 nothing answers; deliveries are counted all the same.
requests:
  - { name: publish, to: 'load/{{room}}', send: 'hello {{sequence}}', reaches: room }
`,
    timed: 'publish',
  },
};

/** A profile with comments. Without a URL it names the address where such servers listen by themselves. */
export function protocolProfileText(protocol: ProtocolName, url: string | null, file: string): string {
  const { before, requests, later = '', timed, url: usual } = WORDS[protocol];
  const what = protocol === 'none' ? 'with a session of its own' : `that speaks ${PROTOCOLS[protocol].is}`;
  const load =
    requests === null
      ? `${later}load:
  - { name: listen, connections: 100, rate: 0 }
`
      : `${requests}
load:
  - { name: mix, connections: 100, rate: 100/s }
`;
  const limits = [
    '  ws_session_time: p(95)<1000',
    ...(timed === null
      ? []
      : [
          `  ws_response_time{request:${timed}}: p(95)<100`,
          '  ws_msgs_failed: count==0',
          '  ws_msgs_answered: rate>=99%',
        ]),
  ];
  return `# A load test of a server ${what}.
# What would be said, word by word: wsurge run ${file} --dry-run. How to change it: docs/guide/protocols.md
# All keys: wsurge schema profile
name: my-server

# Where the server listens. To have it started and stopped as well, add: command: node server.js
target:
  url: ${JSON.stringify(url ?? usual)}
# Secrets stay outside of this file: headers: { authorization: 'Bearer \${env:TOKEN}' } below target.

${before}
${load}
# Of every load: a second to warm up, then ten that count.
warmup: 1s
duration: 10s

# What must hold; a miss ends with exit code 99. Milliseconds, from the upgrade until the session is ready, and from the
# instant a message is due to its reply.
thresholds:
${limits.join('\n')}
`;
}
