import { codeOf, messageOf, usageError, type WsurgeError } from '../errors.js';

/** The error for a server that cannot listen, with the next step. */
export function listenError(host: string, port: number, error: unknown): WsurgeError {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return usageError(
        'port_in_use',
        `${where} is in use`,
        'choose another --port (0 takes a free one), or stop the process that listens there',
      );
    case 'EACCES':
      return usageError('port_refused', `no permission to listen on ${where}`, 'choose a --port of 1024 or above');
    case 'EADDRNOTAVAIL':
      return usageError(
        'host_unknown',
        `${host} is not an address of this machine`,
        'choose a --host of this machine, such as 127.0.0.1',
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return usageError(
        'host_unknown',
        `the host ${host} cannot be resolved`,
        'choose a --host of this machine, such as 127.0.0.1',
      );
    default:
      return usageError('listen_failed', `cannot listen on ${where}: ${messageOf(error)}`, 'check --host and --port');
  }
}
