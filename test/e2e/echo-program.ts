/** A WebSocket server for `target.command`: it starts in a fraction of the time that `wsurge serve` takes. */
const WS = JSON.stringify(new URL('../../../node_modules/ws/wrapper.mjs', import.meta.url).href);

/** The text of a module that echoes on the port of 127.0.0.1 that it is given. */
export const ECHO_PROGRAM = `import { WebSocketServer } from ${WS};
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), perMessageDeflate: false });
server.on('connection', (ws) => ws.on('message', (data, binary) => ws.send(data, { binary })));
`;

/** The command line that starts `file`, which holds `ECHO_PROGRAM`. */
export function echoCommand(file: string, port: number): string {
  return `'${process.execPath}' ${file} ${port}`;
}
