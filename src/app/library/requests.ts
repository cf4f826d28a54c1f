/** What the library is asked: one type of request for each of its calls. Values are written as in a profile. */
import type { Axis } from '../../campaign/capacity-axis.js';
import type { WrittenProfile } from '../../profile/schema.js';
import type { FormatName } from '../../report/format-names.js';
import type { ComparedKey } from '../../verdict/compare/metrics.js';
import type { Shares } from '../tasks.js';
import type { LibraryEvent } from './events.js';

type WrittenLoad = WrittenProfile['load'][number];
type WrittenTarget = NonNullable<WrittenProfile['target']>;
type WrittenMessage = NonNullable<WrittenProfile['message']>;
type WrittenReply = NonNullable<WrittenProfile['reply']>;
type Thresholds = NonNullable<WrittenProfile['thresholds']>;

/**
 * What is changed about a profile, or said of the load on a bare URL. A name with dots is the path of a key of the
 * profile, where a load may be named: `'load.big.rate': '500/s'`.
 */
export interface Settings {
  /** Connections of a load on a bare URL. Default 10. */
  readonly connections?: WrittenLoad['connections'];
  /** Messages per second in total, on a bare URL. Default `100/s`. */
  readonly rate?: WrittenLoad['rate'];
  /** Messages per second on each connection, on a bare URL. */
  readonly ratePerConnection?: WrittenLoad['ratePerConnection'];
  /** Who sets the pace on a bare URL: the plan, the replies, or the server. Default `open`. */
  readonly model?: WrittenLoad['model'];
  /** Distance between messages on a bare URL. Default `constant`. */
  readonly arrival?: WrittenLoad['arrival'];
  /** Closed model on a bare URL: messages in flight on each connection. Default 1. */
  readonly inFlight?: WrittenLoad['inFlight'];
  /** Closed model on a bare URL: pause between a reply and the next message. Default `0s`. */
  readonly think?: WrittenLoad['think'];
  /** Connections of a bare URL are replaced after this long. */
  readonly lifetime?: WrittenLoad['lifetime'];
  /** Measured time: `30s`, `1m30s`. Default `10s`. */
  readonly duration?: WrittenProfile['duration'];
  /** Time under load before measuring. Default `1s`. */
  readonly warmup?: WrittenProfile['warmup'];
  /** New connections per second in total. Default `500/s`. */
  readonly connectRate?: WrittenProfile['connectRate'];
  /** What happens to a connection that is lost under load. Default `never`. */
  readonly reconnect?: WrittenProfile['reconnect'];
  /** Ping each connection this often. */
  readonly keepAlive?: WrittenProfile['keepAlive'];
  /** Payload with tokens such as `{{sequence}}`. */
  readonly message?: WrittenMessage['template'];
  /** Size of generated messages. Default 64 bytes. */
  readonly size?: WrittenMessage['size'];
  /** How replies are matched. Default `sequence`. */
  readonly match?: WrittenReply['match'];
  /** A reply later than this is lost. Default `5s`. */
  readonly replyTimeout?: WrittenReply['timeout'];
  /** Worker threads. Default `auto`. */
  readonly workers?: WrittenProfile['workers'];
  /** How workers wake up. Default `auto`. */
  readonly pacing?: WrittenProfile['pacing'];
  /** Measure wsurge's own error in every cell. Default true. */
  readonly instrumentCheck?: WrittenProfile['instrumentCheck'];
  /** How close printed latencies must be. Default `20% or 1ms`. */
  readonly accuracy?: WrittenProfile['accuracy'];
  /** Measure the server's memory for an idle connection, before the load. */
  readonly idleMemory?: WrittenProfile['idleMemory'];
  /** Seed of everything random. Default 1. */
  readonly seed?: WrittenProfile['seed'];
  /** For checks: what the server speaks. */
  readonly protocol?: 'bot' | 'echo' | 'auto';
  /** Another address for the target of a profile. */
  readonly url?: WrittenTarget['url'];
  /** Request headers. */
  readonly headers?: WrittenTarget['headers'];
  /** Sub-protocols to offer. */
  readonly subprotocols?: WrittenTarget['subprotocols'];
  /** Of several addresses of the host use all in turn, or the first. */
  readonly resolve?: WrittenTarget['resolve'];
  /** Go through this HTTP proxy: `http://user:password@host:port`. */
  readonly proxy?: WrittenTarget['proxy'];
  /** Follow redirects of the handshake, once before the load. */
  readonly followRedirects?: WrittenTarget['followRedirects'];
  /** Accept any TLS certificate. */
  readonly insecure?: boolean;
  /** Certificate authority to trust: a PEM file, or its text. */
  readonly ca?: string;
  /** Client certificate: a PEM file, or its text. */
  readonly cert?: string;
  /** Private key of the client certificate: a PEM file, or its text. */
  readonly key?: string;
  /** Kept with the results. */
  readonly labels?: WrittenProfile['labels'];
  /** Any key of the profile, by its path. */
  readonly [path: `${string}.${string}`]: unknown;
}

/** Where a call stands, and who hears of it. Every call takes these keys. */
export interface CallOptions {
  /** Folder that relative paths start from. Default: the process's. */
  readonly cwd?: string;
  /** For `${env:X}` and `{{env.X}}`. Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Stops sending, drains and reports what there is, with exit code 105. */
  readonly signal?: AbortSignal;
  /** Told what happens, as it happens. What it throws ends the call. */
  readonly onEvent?: (event: LibraryEvent) => void;
}

/** What is sent where. */
export interface LoadRequest extends CallOptions {
  /**
   * Server and load: a `ws://`, `wss://` or `ws+unix:` URL; the path of a profile, or the name of one that ships; or a
   * profile as an object.
   */
  readonly target: string | WrittenProfile;
  /** What is changed about the profile, or said of the load on a URL. */
  readonly set?: Settings;
  /** Thresholds by metric, in place of the profile's for the same metric: `{ ws_response_time: 'p(95)<50' }`. */
  readonly thresholds?: Thresholds;
  /** Loads or cells to run. Default: all. */
  readonly only?: readonly string[];
  /** Folder that gets one folder per call. Default `results`. */
  readonly output?: string;
  /** Public hosts that may be loaded heavily. */
  readonly allowTargets?: readonly string[];
}

/** What `run` is asked. */
export interface RunRequest extends LoadRequest {
  /** Exit code 98 for a degraded measurement, too. Default false. */
  readonly strict?: boolean;
  /** Judge by the default gates: held, lost, corrupted, ... Default true. */
  readonly defaultGates?: boolean;
  /** Extend each cell until the 95 % interval of a quantile reaches no further than `share` from it. */
  readonly untilPrecise?: {
    readonly quantile: 'p50' | 'p95' | 'p99';
    /** 0.05 is 5 %. */
    readonly share: number;
    /** No cell is extended beyond this. Default `5m`. */
    readonly maxDuration?: string;
  };
  /** Run each cell again against a plain echo, which shows the floor at that load. Default false. */
  readonly nullTwin?: boolean;
  /** Reports to write beside `md` and `html`. */
  readonly formats?: readonly FormatName[];
}

/** What `capacity` is asked. Without `target` it searches the reference server that wsurge starts. */
export interface CapacityRequest extends Omit<LoadRequest, 'target' | 'thresholds'> {
  /** As of `run`. Default: the reference server. */
  readonly target?: LoadRequest['target'];
  /** What to search. Default `connections`. */
  readonly axis?: Axis;
  /**
   * What must hold, an upper limit on a duration. Default `ws_response_time p(99)<50ms`; where subscribers are searched,
   * `ws_deliver_last p(99)<200ms`.
   */
  readonly slo?: string;
  /** Search no higher: connections, subscribers of a room, or messages per second. Default: what this machine grants. */
  readonly max?: number | string;
  /** Exit code 99 if less than this was found. */
  readonly require?: number | string;
}

/** One build: a command that starts its server (in `folder`), or the URL of a server that runs. */
export type BuildRequest = { readonly command: string; readonly folder?: string } | { readonly url: string };

/** What `ab` is asked. */
export interface AbRequest extends Omit<LoadRequest, 'target'> {
  /** The old build. */
  readonly a: BuildRequest;
  /** The new build. Without it, `a` is compared with itself, which shows the noise of this machine. */
  readonly b?: BuildRequest;
  /** Where the builds listen, or the profile that says so and what the load is. Not needed where builds are URLs. */
  readonly target?: LoadRequest['target'];
  /** When a build that was started is up: its port opens, a URL answers, or it prints a text. Default `port`. */
  readonly ready?: WrittenTarget['ready'];
  /** Most rounds. Default 20. */
  readonly rounds?: 5 | 8 | 12 | 20;
  /** Metrics that decide. Default `p50`, `p99`, `throughput`, `deliver`, `last` and `reach`. */
  readonly gates?: readonly ComparedKey[];
  /** Changes that do not matter, as shares. Default: p50 and deliver 0.05, throughput 0.02, reach 0.001, others 0.1. */
  readonly margins?: Shares;
  /** Warm each server up before its first cell. Default true. */
  readonly preWarm?: boolean;
  /** Judge turns by the default gates. Default true. */
  readonly defaultGates?: boolean;
  /** The folder of an interrupted comparison to go on with; the rest of the request is the same as then. */
  readonly resume?: string;
}

/** What `check` is asked. Without `target` it checks the reference server that wsurge starts. */
export interface CheckRequest extends Omit<LoadRequest, 'target' | 'thresholds' | 'only'> {
  /** As of `run`. Default: the reference server. */
  readonly target?: LoadRequest['target'];
  /** Shorter waits and streams: under a minute. Default false. */
  readonly quick?: boolean;
  /** Leave out checks that send broken frames, garbage or floods. Default false. */
  readonly gentle?: boolean;
  /** Only these scenarios or checks: `3`, `'3.4'`, `'order'`. */
  readonly only?: readonly (string | number)[];
  /** Leave these scenarios or checks out; they count as skipped. */
  readonly skip?: readonly (string | number)[];
  /** Also measure the benchmark and concurrency tables. Default false. */
  readonly withLoad?: boolean;
}

/** What `compare` is asked: saved runs, each a folder or its result.json. */
export interface CompareRequest extends Pick<CallOptions, 'cwd'> {
  /** The old build: one run, or several. */
  readonly a: string | readonly string[];
  /** The new build. */
  readonly b: string | readonly string[];
  /** Changes that do not matter, as shares. Default: p50 and deliver 0.05, throughput 0.02, reach 0.001, others 0.1. */
  readonly margins?: Shares;
  /** How far single runs of one build lie apart, as shares; or one share for all metrics but the reach. */
  readonly noise?: Shares | number;
  /** The history file that says how far single runs of one build lie apart. */
  readonly history?: string;
  /** Folder to write the comparison to. Default: none. */
  readonly output?: string;
  /** Compare runs that differ in more than the build, too. Default false. */
  readonly force?: boolean;
}

/** What `history` is asked: `add` keeps runs in a file, `check` and `show` find what moved. */
export type HistoryRequest = HistoryAddRequest | HistoryLookRequest;

export interface HistoryAddRequest extends Pick<CallOptions, 'cwd' | 'env'> {
  readonly action: 'add';
  /** Saved runs, each a folder or its result.json. */
  readonly runs: readonly string[];
  /** The file to keep them in. Default `history.ndjson`. */
  readonly file?: string;
  /** The commit of the runs. Default: their label `commit`, or what a CI says. */
  readonly commit?: string;
  /** The branch of the runs. Default: their label `branch`, or what a CI says. */
  readonly branch?: string;
}

export interface HistoryLookRequest extends Pick<CallOptions, 'cwd' | 'env'> {
  /** `check` exits 99 where a metric moved for the worse in the last runs, and 98 without a valid run; `show` exits 0. */
  readonly action: 'check' | 'show';
  /** Default `history.ndjson`. */
  readonly file?: string;
  /** The branch to look at. Default: that of the newest run. */
  readonly branch?: string;
  /** Changes that do not matter, as shares. */
  readonly margins?: Shares;
}
