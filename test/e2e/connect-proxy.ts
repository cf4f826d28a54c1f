import { once } from 'node:events';
import { createServer } from 'node:http';
import net from 'node:net';

export interface ConnectProxy {
  readonly port: number;
  /** What was asked for, with the credentials given: `127.0.0.1:9001`, `Basic ...`. */
  readonly asked: { readonly authority: string; readonly authorization: string | undefined }[];
  stop(): Promise<void>;
}

/** An HTTP proxy that takes CONNECT only. `refuses`: what it answers instead of opening a tunnel. */
export async function connectProxy(
  refuses: (authority: string, authorization: string | undefined) => string | null = () => null,
): Promise<ConnectProxy> {
  const asked: { authority: string; authorization: string | undefined }[] = [];
  const open = new Set<net.Socket>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
  });
  server.on('connect', (request, socket: net.Socket) => {
    const authority = request.url ?? '';
    const authorization = request.headers['proxy-authorization'];
    asked.push({ authority, authorization });
    const refusal = refuses(authority, authorization);
    if (refusal !== null) {
      socket.end(refusal);
      return;
    }
    const { hostname, port } = new URL(`http://${authority}`);
    // Names that end in .inside are this machine, which only the proxy knows.
    const host = hostname.endsWith('.inside') ? '127.0.0.1' : hostname;
    const onward = net.connect(Number(port || 80), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    asked,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
