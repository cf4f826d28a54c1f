import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Clock } from '../pacing/clock.js';

/** At most this much of a refusal's body is read. It is longer than any header that the body may repeat. */
const BODY_BYTES = 32 * 1024;
const BODY_WAIT_MS = 500;

/** What the head of a refusing HTTP answer says: the redirect, when to try again, the wanted authentication. */
export function refusalText(status: number | undefined, phrase: string | undefined, head: IncomingHttpHeaders): string {
  const location = head.location === undefined ? '' : `, and redirects to ${withoutQuery(head.location)}`;
  const wait = head['retry-after'];
  const later = wait === undefined ? '' : `, and may be tried again after ${wait}${/^\d+$/.test(wait) ? ' s' : ''}`;
  const wanted = head['www-authenticate'];
  const asks = wanted === undefined ? '' : `, and asks for ${wanted}`;
  return `${`the server answered ${status} ${phrase ?? ''}`.trim()}${location}${later}${asks}`;
}

/** Queries and user names in addresses may be secret. */
function withoutQuery(location: string): string {
  return location.replace(/[?#].*$/s, '').replace(/\/\/[^/@]*@/, '//');
}

/** Reads the body of a refusal and delivers its text once: complete, or as much as arrived. */
export class RefusalBody {
  readonly #done: (text: string) => void;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #isOver = false;

  constructor(response: IncomingMessage, clock: Clock, done: (text: string) => void) {
    this.#done = done;
    const timer = clock.after(BODY_WAIT_MS, () => this.end());
    const end = () => {
      timer.cancel();
      this.end();
    };
    response.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      this.#chunks.push(chunk);
      if (this.#bytes >= BODY_BYTES) end();
    });
    response.on('end', end);
    response.on('close', end);
    response.on('error', end);
  }

  /** Ends the body: no more of it is read. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#done(textOf(Buffer.concat(this.#chunks).subarray(0, BODY_BYTES).toString('utf8')));
  }
}

/** The text of a body. For an HTML page, without its tags. */
export function textOf(body: string): string {
  const text = body.trimStart().startsWith('<') ? body.replace(/<[^<>]*>/g, ' ') : body;
  return text.replace(/\s+/g, ' ').trim();
}
