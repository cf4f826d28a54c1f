import { after, before, test } from 'node:test';
import { fuzzConnection, ScriptedServer } from './frame-fuzz.js';

const SEEDS = 400;
const server = new ScriptedServer();
before(() => server.listen());
after(() => server.close());

test(`${SEEDS} random streams: the same messages, pongs, errors and close as plain ws`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) await fuzzConnection(server, seed);
});
