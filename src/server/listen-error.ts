import { codeOf, messageOf, usageError, type WsurgeError } from '../errors.js';

/** Why a server cannot listen, with what to do about it. */
export function listenError(host: string, port: number, error: unknown): WsurgeError {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return usageError(
        'port_in_use',
        `${where} is in use`,
        'choose another --port (0 takes a free one) or stop what listens there',
      );
    case 'EACCES':
      return usageError('port_refused', `no permission to listen on ${where}`, 'choose a --port of 1024 or above');
    case 'EADDRNOTAVAIL':
      return usageError(
        'host_unknown',
        `${host} is no address of this machine`,
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
