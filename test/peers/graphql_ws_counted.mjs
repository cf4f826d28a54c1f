// GraphQL on the `graphql-ws` package. It takes connections with the token `good`, counts what it saw, and tells it at
// /counts. `--ping`: every so many ms it sends the ping of the protocol.
import { createServer } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { GraphQLFloat, GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { announce } from './peer.mjs';

const { values } = parseArgs({ options: { ping: { type: 'string', default: '0' } } });
const everyMs = Number(values.ping);
const counts = { connects: 0, operations: 0, completed: 0, tired: 0, pings: 0, pongs: 0, closes: {} };

/** `count` results, 20 ms apart; endless without it. */
async function* ticks(_root, { count = Number.POSITIVE_INFINITY }) {
  for (let tick = 1; tick <= count; tick++) {
    await after(20);
    yield { ticks: tick };
  }
}

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      hello: { type: GraphQLString, resolve: () => 'world' },
      double: { type: GraphQLFloat, args: { n: { type: GraphQLFloat } }, resolve: (_root, { n }) => 2 * n },
      // Works once.
      tired: {
        type: GraphQLString,
        resolve: () => {
          if (++counts.tired > 1) throw new Error('it is tired');
          return 'once';
        },
      },
      close: {
        type: GraphQLString,
        resolve: (_root, _args, { socket }) => socket.close(4400, 'Invalid message received'),
      },
    },
  }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: { ticks: { type: GraphQLInt, args: { count: { type: GraphQLInt } }, subscribe: ticks } },
  }),
});

const server = createServer((request, response) => {
  if (request.url === '/counts') response.end(JSON.stringify(counts));
});
useServer(
  {
    schema,
    context: ({ extra }) => ({ socket: extra.socket }),
    connectionInitWaitTimeout: 200,
    onConnect: ({ connectionParams, extra: { socket } }) => {
      if (connectionParams?.token !== 'good') return false;
      counts.connects++;
      if (everyMs === 0) return true;
      const pings = setInterval(() => {
        counts.pings++;
        socket.send('{"type":"ping","payload":{"at":1}}');
      }, everyMs);
      socket.once('close', () => clearInterval(pings));
      return true;
    },
    onSubscribe: () => {
      counts.operations++;
    },
    onComplete: () => {
      counts.completed++;
    },
    onPong: () => {
      counts.pongs++;
    },
    onClose: (_context, code) => {
      counts.closes[code] = (counts.closes[code] ?? 0) + 1;
    },
  },
  new WebSocketServer({ server, path: '/graphql' }),
);
announce(server);
server.listen(0, '127.0.0.1');
