import type { IncomingHttpHeaders } from 'node:http';

/** What an HTTP answer that refuses the upgrade says in its head: where else to go, when to try again, what it asks for. */
export function refusalText(status: number | undefined, phrase: string | undefined, head: IncomingHttpHeaders): string {
  const location = head.location === undefined ? '' : `, and redirects to ${withoutQuery(head.location)}`;
  const wait = head['retry-after'];
  const later = wait === undefined ? '' : `, and may be tried again after ${wait}${/^\d+$/.test(wait) ? ' s' : ''}`;
  const wanted = head['www-authenticate'];
  const asks = wanted === undefined ? '' : `, and asks for ${wanted}`;
  return `${`the server answered ${status} ${phrase ?? ''}`.trim()}${location}${later}${asks}`;
}

/** Queries and user names of addresses hold secrets. */
function withoutQuery(location: string): string {
  return location.replace(/[?#].*$/s, '').replace(/\/\/[^/@]*@/, '//');
}
