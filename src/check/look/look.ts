import { setMaxListeners } from 'node:events';
import { type CheckSocket, ConnectError, type Phases } from '../check-socket.js';
import type { CheckContext } from '../context.js';
import type { EchoForm } from '../echo-form.js';
import type { Protocol } from '../expectations.js';
import { type Received, shown } from '../received.js';
import { Ear } from './ear.js';
import { answerOf, type Heard, type Unasked, unaskedOf } from './heard.js';
import { byGreeting, bySubprotocol, OFFERED, type ProtocolManner, SILENT_PROTOCOLS } from './known-protocols.js';
import * as questions from './questions.js';
import { binaryEchoed, endingBy, formForContent, formThatWorks, kindOf, slowestReplyMs } from './recognise.js';
import { type Found, LOOK_MS, type ServerKind, type UnaskedMessages } from './server-kind.js';

/** What the profile says already, so the server need not be asked. */
export interface Known {
  readonly protocol: Protocol | null;
  readonly envelope: string | null;
  /** Send only JSON, because another message ended the server. */
  readonly onlyJson?: boolean;
}

/** What one look found. */
export interface Look {
  readonly phases: Phases;
  readonly subprotocol: string;
  readonly found: Found;
  readonly unasked: Unasked;
  /** The message after which every connection was cut at once, as if the server ended; null if none did that. */
  readonly cutBy: string | null;
}

/** How long to listen before anything is sent: by then a server that speaks first has done so. */
const LISTEN_MS = 250;
/** After the first answer, wait this much longer for the others, or four times as long as that answer took. */
const OTHERS_MS = 300;
const OTHERS_TIMES = 4;
/** Wait this long after the last answer: a second answer to the same message would come now. */
const QUIET_MS = 60;
/** If nothing is answered by then, try protocols whose servers wait for their first frame. */
const SECOND_THOUGHTS_MS = 700;
/** The longest wait until one question is handled, before the next is asked. */
const HANDLED_MS = 200;
/** How long to wait for the answer to a JSON message before other messages are sent, which a server may not survive. */
const JSON_FIRST_MS = 100;
const GOODBYE_MS = 500;
const TICK_MS = 10;
/** Extra time to read what arrived while this process stood still. */
const LEAST_TICKS = 5;

/**
 * Finds out what kind of server this is, with a few short connections that send one valid message each. Rejects with a
 * ConnectError if no connection opens.
 */
export async function lookAt(context: CheckContext, known: Known, budgetMs = LOOK_MS): Promise<Look> {
  // Every wait of every connection adds a listener.
  setMaxListeners(0, context.signal);
  const looking = new Looking(context, known, budgetMs);
  try {
    return await looking.look();
  } finally {
    await looking.leave();
  }
}

class Looking {
  readonly #context: CheckContext;
  readonly #known: Known;
  readonly #budgetMs: number;
  /** A text that no server would send by itself. */
  readonly #word: string;
  readonly #sockets: CheckSocket[] = [];
  #startMs = 0;
  #listener!: Ear;
  #asked: Ear[] = [];
  /** Until this instant only the first connection was open. */
  #aloneUntilMs = 0;
  #pongMs: number | null = null;
  /** The question after which every connection was cut. */
  #cutBy: questions.Question | null = null;
  /** Sub-protocols that the server wants and the profile does not name. */
  #subprotocols: readonly string[] = [];

  constructor(context: CheckContext, known: Known, budgetMs: number) {
    this.#context = context;
    this.#known = known;
    this.#budgetMs = budgetMs;
    this.#word = `wsurge-look-${context.rng.uint32().toString(36)}`;
  }

  async look(): Promise<Look> {
    const isBot = this.#known.protocol === 'bot';
    const namesNone = this.#context.endpoint.subprotocols.length === 0;
    const [first, refused] = await this.#openFirst(namesNone && !isBot);
    this.#startMs = performance.now();
    this.#listener = new Ear(first);
    const ponged = this.#ping(first);
    if (isBot) {
      await ponged;
      return await this.#result({ name: 'bot' });
    }
    await this.#until(LISTEN_MS, async () => (await this.#listener.hear()).ending !== null);
    const { messages, ending } = await this.#listener.hear();
    // Not earlier: a notice about this connection would look like a greeting.
    this.#aloneUntilMs = performance.now();
    const known = byGreeting(messages);
    const offers = namesNone && known === null;
    const offering = refused ?? (offers ? await this.#open(OFFERED).catch(() => null) : null);
    const manner = known ?? this.#negotiated(first, offering);
    if (manner !== null) return await this.#result(await this.#protocolKind(manner, messages[0] ?? null));
    if (ending !== null) return await this.#result({ name: 'closes', code: ending.code, reason: ending.reason });
    return await this.#result(await this.#askedKind());
  }

  /** Closes all open connections at once, and waits a short time for their closing handshakes. */
  async leave(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close(1000, '', GOODBYE_MS).catch(() => null)));
  }

  /**
   * A connection as the profile describes it. If the server refuses that, one that offers the names of known protocols.
   */
  async #openFirst(offers: boolean): Promise<[CheckSocket, CheckSocket | null]> {
    try {
      return [await this.#open(), null];
    } catch (error) {
      const isRefusal = error instanceof ConnectError && (error.status ?? 0) >= 400;
      const offered = offers && isRefusal ? await this.#open(OFFERED).catch(() => null) : null;
      if (offered === null || bySubprotocol(offered.subprotocol) === null) throw error;
      return [offered, offered];
    }
  }

  async #open(subprotocols?: readonly string[]): Promise<CheckSocket> {
    const socket = await this.#context.open(subprotocols === undefined ? {} : { subprotocols });
    this.#sockets.push(socket);
    return socket;
  }

  async #ping(socket: CheckSocket): Promise<void> {
    try {
      this.#pongMs = await socket.ping(this.#budgetMs);
    } catch (error) {
      if (!this.#context.signal.aborted) throw error;
    }
  }

  #negotiated(first: CheckSocket, offering: CheckSocket | null): ProtocolManner | null {
    const declared = bySubprotocol(first.subprotocol);
    if (declared !== null) return declared;
    const chosen = offering === null ? null : bySubprotocol(offering.subprotocol);
    if (chosen !== null) this.#subprotocols = [offering!.subprotocol];
    return chosen;
  }

  /** Opens a connection and sends the hello of a protocol. */
  async #protocolKind(manner: ProtocolManner, greeting: Received | null): Promise<ServerKind> {
    const subprotocol = this.#subprotocols[0] ?? this.#listener.socket.subprotocol;
    const ear = await this.#asker({ kind: 'hello', message: manner.hello });
    const accepted = ear !== null && (await this.#welcomed([{ manner, ear }])) !== null;
    const isPlain = manner.protocol === 'socket.io' && !accepted;
    return {
      name: 'protocol',
      protocol: isPlain ? 'engine.io' : manner.protocol,
      accepted,
      seen: greeting === null ? `sub-protocol ${subprotocol}` : shown(greeting.data, greeting.isBinary),
    };
  }

  /** Opens a connection and asks the question; null if the server accepts no more connections. */
  async #asker(question: questions.Question, asks = true): Promise<Ear | null> {
    try {
      const socket = await this.#open(this.#subprotocols.length === 0 ? undefined : this.#subprotocols);
      const ear = new Ear(socket, question);
      if (asks) {
        ear.ask();
        this.#asked.push(ear);
      }
      return ear;
    } catch (error) {
      if (error instanceof ConnectError) return null;
      throw error;
    }
  }

  async #ask(all: readonly questions.Question[]): Promise<Ear[]> {
    const ears = await Promise.all(all.map((question) => this.#asker(question)));
    return ears.filter((ear) => ear !== null);
  }

  /**
   * Asks one question after the other, JSON first, to learn which one a server does not survive. When a server ends,
   * all connections end; for the other questions that is not an answer.
   */
  async #askInTurn(all: readonly questions.Question[]): Promise<Ear[]> {
    const opened = await Promise.all(all.map((question) => this.#asker(question, false)));
    const ears = opened.filter((ear) => ear !== null);
    const isJson = ({ asked }: Ear) => asked!.kind !== 'text' && asked!.kind !== 'binary';
    const first = ears.filter(isJson);
    /** The first question since which no pong has come. A busy machine takes its time to end a server. */
    let silentSince: Ear | null = null;
    for (const ear of [...first, ...ears.filter((each) => !isJson(each))]) {
      if (!isJson(ear) && this.#asked.length === first.length) await this.#answered(first);
      ear.ask();
      this.#asked.push(ear);
      silentSince = (await this.#handled(ear)) ? null : (silentSince ?? ear);
      if (!isCut(ear) || !isCut(this.#listener)) continue;
      this.#cutBy = (silentSince ?? ear).asked;
      break;
    }
    return ears;
  }

  /** A pong after a message shows that the message was handled. Without pongs, it is taken for handled. */
  async #handled({ socket }: Ear): Promise<boolean> {
    const isHandled = this.#pongMs === null || (await socket.ping(HANDLED_MS)) !== null;
    // When a server ends, its connections do not end at the same instant.
    if (socket.ending !== null) await this.#listener.socket.closed(TICK_MS);
    return isHandled;
  }

  async #answered(ears: readonly Ear[]): Promise<void> {
    await this.#until(JSON_FIRST_MS, async () => {
      const unasked = await this.#unasked();
      return (await hearAll(ears)).some((each) => each.ending !== null || answerOf(each, unasked) !== null);
    });
  }

  /** What the connections received. If the server ended, only one connection ended because of its own message. */
  async #heard(ears: readonly Ear[]): Promise<Heard[]> {
    const heard = await hearAll(ears);
    if (this.#cutBy === null) return heard;
    return heard.map((each) => (each.asked === this.#cutBy ? each : { ...each, ending: null }));
  }

  /** The first protocol whose hello the server accepted; null if it accepted none in time. */
  async #welcomed(tried: readonly { manner: ProtocolManner; ear: Ear }[]): Promise<ProtocolManner | null> {
    let taken: ProtocolManner | null = null;
    await this.#until(SECOND_THOUGHTS_MS, async () => {
      const heard = await Promise.all(tried.map(({ ear }) => ear.hear()));
      taken = tried.find(({ manner }, index) => heard[index]!.messages.some(manner.welcomes))?.manner ?? null;
      return taken !== null || heard.every(({ ending }) => ending !== null);
    });
    return taken;
  }

  async #askedKind(): Promise<ServerKind> {
    const ears = await this.#askInTurn(this.#questions());
    if (this.#cutBy === null) await this.#answers(ears, SECOND_THOUGHTS_MS);
    if (this.#cutBy === null && this.#known.onlyJson !== true && !(await this.#anyAnswer(ears))) {
      const silent = await this.#silentProtocol();
      if (silent !== null) return silent;
      await this.#answers(ears, this.#budgetMs);
    }
    ears.push(...(await this.#textAgain(ears)));
    const kind = kindOf(await this.#listener.hear(), await this.#heard(ears), await this.#unasked());
    if (!('form' in kind) || this.#cutBy !== null) return kind;
    if (this.#known.envelope === null) return await this.#withForm(kind);
    return { ...kind, form: formForContent(kind.form, await hearAll(ears)) };
  }

  /** Asks the plain text again if only its answer is missing: it may be lost, or sent to another client. */
  async #textAgain(ears: readonly Ear[]): Promise<Ear[]> {
    const [heard, unasked] = [await hearAll(ears), await this.#unasked()];
    const slowestMs = slowestReplyMs(heard, unasked);
    const text = heard.find(({ asked }) => asked?.kind === 'text');
    if (slowestMs === null || text === undefined || text.ending !== null || answerOf(text, unasked) !== null) return [];
    const again = await this.#ask([questions.textQuestion(`${this.#word}-again`)]);
    await this.#answers(again, Math.max(OTHERS_MS, OTHERS_TIMES * slowestMs));
    return again;
  }

  #questions(): questions.Question[] {
    const all = this.#allQuestions();
    return this.#known.onlyJson === true ? all.filter(({ kind }) => kind !== 'text' && kind !== 'binary') : all;
  }

  #allQuestions(): questions.Question[] {
    const { envelope, protocol } = this.#known;
    const stats = protocol === null ? [questions.statsQuestion()] : [];
    if (envelope === null) {
      const plain = [questions.textQuestion(this.#word), questions.fieldsQuestion(this.#word)];
      return [...plain, questions.binaryQuestion(), ...stats];
    }
    const form: EchoForm = { envelope, carrier: null, content: 'json' };
    const contents = [`${this.#word}-declared`, { wsurge: `${this.#word}-json` }];
    const own = contents.map((content) => questions.formQuestion(form, content));
    return [...own, questions.binaryQuestion(), ...stats];
  }

  /** Tries the protocols whose servers wait for their first frame. */
  async #silentProtocol(): Promise<ServerKind | null> {
    const tried = await Promise.all(
      SILENT_PROTOCOLS.map(async (manner) => {
        return { manner, ear: await this.#asker({ kind: 'hello', message: manner.hello }) };
      }),
    );
    const open = tried.flatMap(({ manner, ear }) => (ear === null ? [] : [{ manner, ear }]));
    const manner = await this.#welcomed(open);
    if (manner === null) return null;
    return { name: 'protocol', protocol: manner.protocol, accepted: true, seen: 'the answer to its first frame' };
  }

  /** The smallest message that the server echoes, and whether its content may be JSON. */
  async #withForm(kind: Extract<ServerKind, { readonly form: EchoForm }>): Promise<ServerKind> {
    const { envelope } = kind.form;
    if (envelope === null) return kind;
    const forms = questions
      .envelopesFor(Object.keys(JSON.parse(envelope.replace('{{content}}', '0')) as object)[0]!)
      .map((each): EchoForm => ({ ...kind.form, envelope: each }));
    const ears = await this.#ask(
      forms.flatMap((form, index) => [
        questions.formQuestion(form, `${this.#word}-form${index}`),
        questions.formQuestion(form, { wsurge: `${this.#word}-json${index}` }),
      ]),
    );
    await this.#answers(ears, this.#budgetMs);
    // The server is known to accept the form that it answered before, with texts in it.
    const form = formThatWorks(await hearAll(ears)) ?? { ...forms.at(-1)!, content: 'string' };
    return { ...kind, form };
  }

  /** Waits for the answers to these questions until no more are expected, at most `atMostMs`. */
  async #answers(ears: readonly Ear[], atMostMs: number): Promise<void> {
    await this.#until(atMostMs, async () => {
      const unasked = await this.#unasked();
      const heard = await hearAll(ears);
      if (heard.every((each) => each.ending !== null || answerOf(each, unasked) !== null)) return true;
      const slowestMs = slowestReplyMs(heard, unasked);
      if (slowestMs === null) return false;
      const sinceMs = performance.now() - Math.min(...heard.map(({ sentAtMs }) => sentAtMs!));
      return sinceMs >= slowestMs + Math.max(OTHERS_MS, OTHERS_TIMES * slowestMs);
    });
    if (await this.#anyAnswer(ears)) await this.#until(QUIET_MS, () => Promise.resolve(false));
  }

  async #anyAnswer(ears: readonly Ear[]): Promise<boolean> {
    return slowestReplyMs(await hearAll(ears), await this.#unasked()) !== null;
  }

  async #unasked(): Promise<Unasked> {
    return unaskedOf(await this.#listener.hear(), await hearAll(this.#asked), this.#aloneUntilMs);
  }

  /** Polls until the condition holds, this time is up, or the time of the whole look is up. */
  async #until(atMostMs: number, met: () => Promise<boolean>): Promise<void> {
    const endMs = Math.min(performance.now() + atMostMs, this.#startMs + this.#budgetMs);
    for (let ticks = 0; !(await met()) && (ticks < LEAST_TICKS || performance.now() < endMs); ticks++) {
      await this.#context.sleep(TICK_MS);
    }
  }

  /** The time of one closing handshake, ms. */
  async #closed(): Promise<number | null> {
    const startMs = performance.now();
    const closed = await this.#listener.socket.close(1000, '', GOODBYE_MS);
    return closed === null ? null : Math.max(0, closed.atMs - startMs);
  }

  async #result(kind: ServerKind): Promise<Look> {
    const { phases, subprotocol } = this.#listener.socket;
    const listened = await this.#listener.hear();
    const heard = await this.#heard(this.#asked);
    const unasked = await this.#unasked();
    const { greetings } = unasked;
    const found: Found = {
      kind,
      greeting: messages(greetings, listened.messages[0]),
      unasked: messages(listened.count - greetings, listened.messages[greetings]),
      passedOn: unasked.ofOthers === null ? null : shown(unasked.ofOthers.data, unasked.ofOthers.isBinary),
      subprotocols: this.#subprotocols,
      binary: binaryEchoed(heard),
      textEnds: this.#cutBy === null ? endingBy('text', heard) : null,
      binaryEnds: this.#cutBy === null ? endingBy('binary', heard) : null,
      slowestReplyMs: slowestReplyMs(heard, unasked),
      pongMs: this.#pongMs,
      closeMs: await this.#closed(),
      tookMs: performance.now() - this.#startMs,
    };
    const cutBy = this.#cutBy === null ? null : questions.nameOf(this.#cutBy);
    return { phases, subprotocol, found, unasked, cutBy };
  }
}

/** The TCP connection ended without a close frame. */
function isCut({ socket }: Ear): boolean {
  return socket.ending?.code === 1006;
}

function hearAll(ears: readonly Ear[]): Promise<Heard[]> {
  return Promise.all(ears.map((ear) => ear.hear()));
}

function messages(count: number, first: Received | undefined): UnaskedMessages | null {
  return count <= 0 || first === undefined ? null : { count, first: shown(first.data, first.isBinary) };
}
