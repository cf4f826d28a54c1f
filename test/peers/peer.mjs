// What every peer on Node does alike: a free port of loopback, told as one line of JSON, and an end with its parent.

/** Options of a WebSocketServer that listens by itself. */
export const LOOPBACK = { host: '127.0.0.1', port: 0 };

/** Says where a server listens once it does, and from then on ends when its standard input does. */
export function announce(server) {
  server.once('listening', () => {
    process.stdout.write(`${JSON.stringify({ port: server.address().port, pid: process.pid })}\n`);
  });
  process.stdin.resume().once('end', () => process.exit(0));
}
