// A GraphQL server with a subscription, on the `graphql-ws` package: it takes the sub-protocol graphql-transport-ws only.
import { GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { announce, LOOPBACK } from './peer.mjs';

async function* countdown(_root, { from }) {
  for (let count = from; count >= 0; count--) yield { countdown: count };
}

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: { hello: { type: GraphQLString, resolve: () => 'world' } },
  }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: { countdown: { type: GraphQLInt, args: { from: { type: GraphQLInt } }, subscribe: countdown } },
  }),
});

const server = new WebSocketServer({ ...LOOPBACK, path: '/graphql' });
useServer({ schema }, server);
announce(server);
