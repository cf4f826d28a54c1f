/**
 * What connections say and hear, as bytes: a profile's words (`protocol`, `session`, `when`, `requests`) once a dialect
 * has translated them. Plain data, part of a cell: it is in the hash of the plan and goes to every worker. The engine
 * knows no protocol, only this.
 *
 *     words of the user  --dialect-->  Wire  --engine-->  bytes
 *
 * Texts are templates. Beside `{{sequence}}` (ten digits, written for each message) they hold tokens that are filled in
 * for each connection: `{{connection}}`, `{{room}}`, `{{env.X}}`, `{{data.x}}`, `{{session.x}}`; in a step also
 * `{{step}}` (how often it was repeated, from 0) and `{{stepId}}` (its number in this session, from 1).
 * How a value is put in is said in front of the name, see `json-text.ts`.
 *
 * Where messages are `binary`, templates are bytes, one character each; see `byte-text.ts`.
 */
import type { ProtocolName, SlowSpec } from '../profile/profile.js';

export interface Wire {
  readonly protocol: ProtocolName;
  /** From the upgrade until the connection counts as open. Empty: it is open at once. */
  readonly steps: readonly WireStep[];
  /** What a message means that is no reply, or a reply that says no. The first that fits decides; else it is a reply. */
  readonly rules: readonly WireRule[];
  /** Empty: the cell's `message` is sent. */
  readonly requests: readonly WireRequest[];
  readonly pick: 'weighted' | 'in turn';
  /**
   * The byte that ends every message of a frame; `array`: a frame may be a JSON array of messages; `headed`: each
   * message has a head of lines and ends with NUL, in this frame or a later one, see `headed-messages.ts` of the engine;
   * an object: messages say themselves how long they are; null if a frame is one message.
   */
  readonly separator: number | 'array' | 'headed' | WireLength | null;
  readonly key: WireKey;
  /** The client's heartbeat; null for none. */
  readonly beat: WireBeat | null;
  /** Said before an open connection is closed; absent for nothing. */
  readonly bye?: string;
  /** Messages are bytes in binary frames; absent: they are text. */
  readonly binary?: WireBinary;
  readonly rooms: number | null;
  /** How long deliveries are waited for; absent if no request reaches other connections. */
  readonly deliver?: { readonly timeoutMs: number };
  /** Connections that read slowly; absent for none. */
  readonly slow?: SlowSpec;
  /** Only the first so many connections of the cell send; null for all. */
  readonly senders: number | null;
  readonly script: { readonly path: string; readonly sha256: string } | null;
}

/**
 * Behind so many bytes a message has the length of its rest: groups of seven bits, the lowest first, at most four of
 * them; the highest bit of a byte says that another one follows. Such a message may begin in one frame and end in a
 * later one, and a frame may hold several.
 */
export interface WireLength {
  readonly lengthAt: number;
}

export interface WireBinary {
  /** Messages that carry content. The number of a delivery is looked for in the content alone. */
  readonly content: WireLayout;
  /**
   * What such a message obliges to at once, whatever else it means, if its first byte is this under the mask: these
   * bytes, and behind them the two that name the message. Null for nothing.
   */
  readonly confirm: { readonly first: WireByte; readonly send: string } | null;
}

/** A byte that, under a mask, is this. */
export interface WireByte {
  readonly mask: number;
  readonly is: number;
}

/** Where a binary message has its content. */
export interface WireLayout {
  readonly first: WireByte;
  /** What stands between the first byte and the content, in this order. */
  readonly before: readonly WirePart[];
}

export type WirePart =
  /** The length of the rest: `WireLength`. */
  | 'length'
  /** A text, behind its length in two bytes. */
  | 'text'
  /** The two bytes that name the message. They are there if the first byte has one of these bits. */
  | { readonly idIf: number };

/** Where a reply has the number of the message that it answers. */
export type WireKey =
  /** Behind this JSON field at any depth, or any run of ten digits: as where no protocol is named. */
  | { readonly kind: 'field'; readonly field: string }
  /** A member of its outermost JSON object, or an element of its outermost array (`'1'`): digits, or digits in quotes. */
  | { readonly kind: 'member'; readonly name: string }
  /** Right behind these bytes at its start; `also`: or behind one of these. */
  | { readonly kind: 'starts'; readonly marker: string; readonly also?: readonly string[] }
  /** The value of a header in the head of lines that it begins with. */
  | { readonly kind: 'header'; readonly name: string }
  /**
   * The two bytes at this place: the slot of the message in the ring of its connection, plus one (`packet-ids.ts`). They
   * name a message only while it is in flight.
   */
  | { readonly kind: 'slot'; readonly at: number };

/**
 * Which messages are meant. Every part that is given must hold. The JSON of a message is all of it, or, behind `starts`,
 * what follows from the first bracket on, or, with `headers`, its body, or, with a `layout`, its content.
 */
export interface WireMatch {
  /** True: it came in a binary frame. */
  readonly binary?: true;
  /** It begins with this. */
  readonly starts?: string;
  /** It begins with these bytes, one character each. */
  readonly bytes?: string;
  /** It is built like this. */
  readonly layout?: WireLayout;
  /** These occur in it. */
  readonly has?: readonly string[];
  /** Headers of the head of lines that it begins with, as they stand there. Null: the header is there. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /**
   * Members of its outermost JSON object (or elements of its outermost array, by index) with their JSON text, without
   * spaces: `{ type: '"next"' }`. Null: the member is there and is not `null`. A text that ends in `*` is only how the
   * member begins: `{ id: '"s*' }`.
   */
  readonly members?: WireMembers;
  /** The same of the object or array that one of its members is. */
  readonly inside?: { readonly member: string; readonly members: WireMembers };
  /**
   * A subset of the value at `at` of its JSON. The JSON is a template. Where a string is found and something else is
   * wanted, the JSON in that string is looked at.
   */
  readonly json?: { readonly at: WirePath; readonly subset: string };
}

export type WireMembers = Readonly<Record<string, string | null>>;

/** Keys and indices from the outside in; empty for the whole value. */
export type WirePath = readonly (string | number)[];

/** A value that later messages may hold as `{{session.name}}`: at `path` in the JSON of the message that was matched. */
export interface WireCapture {
  readonly name: string;
  readonly path: WirePath;
  /** Instead: the number that stands in this header at this place (from 0) of a list with commas. */
  readonly header?: { readonly name: string; readonly item: number };
  /** The value may be absent; otherwise the step fails without it. */
  readonly optional?: true;
}

export interface WireStep {
  /** For errors, transcripts and, if `timed`, for a row of times. */
  readonly name: string;
  /** True if the user named it. */
  readonly timed: boolean;
  /** Null: it only waits. */
  readonly send: string | null;
  /** Null: the step is done when it has been sent. */
  readonly expect: WireMatch | null;
  /** Messages that end the session: the connect has failed, with this code. */
  readonly refusals: readonly { readonly match: WireMatch; readonly code: string }[];
  readonly captures: readonly WireCapture[];
  /** Pause after the step, ms. */
  readonly waitMs: number;
  /** How often it is done; 1 for once. */
  readonly repeat: number;
  /** Ms; null: only the deadline of the whole connect counts. */
  readonly timeoutMs: number | null;
}

export interface WireRule {
  /** In tables; unique among the rules of a kind. */
  readonly name: string;
  readonly match: WireMatch;
  /**
   * `duty`: `send` is sent at once. `count`: traffic that is expected. `trailer`: what follows a reply. `reply`: it is a
   * reply, and no later rule is asked. `fails`: it is a reply that says no. `ends`: the server ended the session, and
   * leaves the connection behind. `delivery`: a message that was sent to many; its number tells which.
   */
  readonly means: 'duty' | 'count' | 'trailer' | 'reply' | 'fails' | 'ends' | 'delivery';
  /** Of a delivery: what it is if its number names no message that was sent to many. Absent: unexpected. */
  readonly otherwise?: 'count';
  /** Of a duty; null for none: the obligation was switched off. */
  readonly send: string | null;
  /** A captured value that must be true for the duty to be done. */
  readonly needs?: string;
}

export interface WireRequest {
  readonly name: string;
  readonly weight: number;
  /**
   * The message. It holds `{{sequence}}` wherever replies are matched by it, `{{id}}` where they are by slot. Empty if the
   * script builds it.
   */
  readonly send: string;
  /** The script builds it: once for each life of a connection, or, if `fresh`, every time. Absent: `send` says it. */
  readonly built?: { readonly fresh: boolean };
  /** What its reply must hold; null for anything. */
  readonly expect: WireMatch | null;
  readonly captures: readonly WireCapture[];
  /** Whom it is delivered to; absent for nobody. */
  readonly reaches?: 'all' | 'room' | 'others';
  /** True: it has no reply of its own. */
  readonly silent?: true;
}

export interface WireBeat {
  readonly everyMs: number;
  /** A captured value, seconds: where it is less than `everyMs`, it is how often. Absent where nothing decides that. */
  readonly atMost?: string;
  readonly send: string;
  /** The captured value that says how often the server wants it at least, ms: 0 or absent for never. */
  readonly wanted?: string;
}
