/**
 * What a script is: code of the user's own for what a profile cannot say of `session`, `requests` and `when`. A script
 * decides what is said, never when: the plan says when messages are due.
 */

/** A message that came: its JSON if it is JSON, else its text. */
// biome-ignore lint/suspicious/noExplicitAny: what a server sends has no type, and a script looks into it freely.
export type Incoming = any;

/** A message to send: a text goes out as it is, anything else as JSON. */
export type Outgoing = string | number | boolean | null | object;

/** One connection, as a script knows it. `Data`: a row of the profile's data. `Session`: what `open` keeps. */
export interface Chat<Data = Readonly<Record<string, string>>, Session = Record<string, unknown>> {
  /** The row of the profile's data that this connection has. Throws if the profile has no data. */
  readonly data: Data;
  /** The environment of wsurge. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The room of this connection, from 0. Throws if the profile says no `rooms`. */
  readonly room: number;
  /** The number of this connection in its cell, from 0. */
  readonly connection: number;
  /** Values of this life of the connection: what the profile's `session` captured, and what the script puts here. */
  readonly session: Session;
}

/** In `open`: also talks, one thing after the other. */
export interface OpenChat<Data = Readonly<Record<string, string>>, Session = Record<string, unknown>>
  extends Chat<Data, Session> {
  send(message: Outgoing): void;
  /**
   * Waits for a message that holds `subset`, and returns it: of objects each member that is named, anything else as it
   * is. `{ text: '...' }` alone asks for a part of the text. Other messages that come meanwhile are left alone.
   */
  expect(subset: Outgoing): Promise<Incoming>;
  /** Sends, then waits for what `expect` would; the time between the two gets a row of its own under `name`. */
  ask(name: string, message: Outgoing, subset: Outgoing): Promise<Incoming>;
}

/** In `onFrame`: may also send what a message obliges, before `onFrame` returns. */
export interface FrameChat<Data = Readonly<Record<string, string>>, Session = Record<string, unknown>>
  extends Chat<Data, Session> {
  send(message: Outgoing): void;
}

/** One message of the load. */
export interface MessageOfLoad {
  /** Its number: ten digits, unique in the run. A reply is known by it. */
  readonly sequence: number;
}

/** One kind of message of the load. */
export interface ScriptRequest<Data = Readonly<Record<string, string>>, Session = Record<string, unknown>> {
  /** How often it is drawn, compared with the other requests; 1 if absent. */
  readonly weight?: number;
  /**
   * The message with this number. Pure: it is called once for each life of a connection, with two different numbers, and
   * the number is then written in place. With `fresh` it is called for every message.
   */
  build(chat: Chat<Data, Session>, m: MessageOfLoad): Outgoing;
  /** What the reply must hold, as in `expect`; a reply without it counts as failed. */
  readonly expect?: Outgoing;
  /**
   * Whom the message is delivered to: everybody, everybody in the sender's room, or the others there. Deliveries are
   * known by `m.sequence`, so the message must hold it.
   */
  readonly reaches?: 'all' | 'room' | 'others';
  /** `none`: the request has no reply of its own. */
  readonly reply?: 'none';
  /** Builds every message anew. The time that this takes is the generator's own: it is in the send lag. */
  readonly fresh?: boolean;
}

export interface Script<Data = Readonly<Record<string, string>>, Session = Record<string, unknown>> {
  /** Once for each life of a connection, after the profile's `session`. The connection is open when it returns. */
  open?(chat: OpenChat<Data, Session>): Promise<void> | void;
  /** By name. */
  readonly requests?: Readonly<Record<string, ScriptRequest<Data, Session>>>;
  /**
   * For messages that no rule of the profile and no number explains. It returns a name to count them under; `'fail'`,
   * which ends the connection as an error; or nothing: the message counts as unexpected.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that says nothing returns void.
  onFrame?(chat: FrameChat<Data, Session>, frame: Incoming): string | void;
}

/** The script itself: the call is there for the types alone. */
export function defineScript<Data = Readonly<Record<string, string>>, Session = Record<string, unknown>>(
  script: Script<Data, Session>,
): Script<Data, Session> {
  return script;
}
