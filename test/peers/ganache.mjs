// An Ethereum node: the `ganache` package as it is.
import { once } from 'node:events';
import ganache from 'ganache';
import { announce } from './peer.mjs';

const node = ganache.server({ logging: { quiet: true }, wallet: { totalAccounts: 1 } });
await node.listen(0, '127.0.0.1');
// `announce` waits for what a server says once it listens; this one has said so.
const told = { once: (_event, tell) => tell(), address: () => node.address() };
announce(told);
await once(process.stdin, 'end');
