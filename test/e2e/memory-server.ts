/** A server that keeps so many bytes more for each connection. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './local-server.js';

const WS = fileURLToPath(import.meta.resolve('ws'));

const SOURCE = (keptBytes: number) => `
import { WebSocketServer } from ${JSON.stringify(WS)};
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]) });
server.on('connection', (socket) => {
  // Written to, so that the kernel has to provide the pages.
  socket.kept = Buffer.alloc(${keptBytes}, 1);
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
`;

/** Writes the server into the folder; returns the `target` of a profile. A small young generation lets RSS follow the connections. */
export async function writeMemoryServer(folder: string, keptBytes: number) {
  const file = path.join(folder, 'memory-server.mjs');
  await writeFile(file, SOURCE(keptBytes));
  const port = await freePort();
  return {
    command: `'${process.execPath}' --max-semi-space-size=1 '${file}' ${port}`,
    url: `ws://127.0.0.1:${port}/`,
  };
}
