/**
 * The models of a load, and the keys that go with each. What a model does to a load stands in `plan/models.ts`.
 */
export const MODEL_NAMES = ['open', 'closed', 'listen'] as const;
export type Model = (typeof MODEL_NAMES)[number];

/** The model of a load that names none. */
export const DEFAULT_MODEL: Model = 'open';

interface ModelKeys {
  /** What a load of this model does, in one sentence for help texts. */
  readonly does: string;
  /** Why a load must not have a rate or arrivals, as a hint for the user; null if it must have a rate. */
  readonly noRate: string | null;
  /** Why a load must not have a message, as a hint for the user; null if it sends messages. */
  readonly noMessage: string | null;
  /** True if the load may say how many messages are kept in flight, and how long to wait after a reply. */
  readonly inFlight: boolean;
}

const SENDS_NOTHING = 'a listening load sends nothing';

export const MODEL_KEYS: Readonly<Record<Model, ModelKeys>> = {
  open: { does: 'sends messages when due', noRate: null, noMessage: null, inFlight: false },
  closed: {
    does: 'sends the next message after a reply',
    noRate: 'replies set the pace: use inFlight and think',
    noMessage: null,
    inFlight: true,
  },
  listen: { does: 'only receives', noRate: SENDS_NOTHING, noMessage: SENDS_NOTHING, inFlight: false },
};

/** `open (default): sends messages when due. closed: ...` */
export const MODELS_IN_WORDS = MODEL_NAMES.map(
  (name) => `${name}${name === DEFAULT_MODEL ? ' (default)' : ''}: ${MODEL_KEYS[name].does}.`,
).join(' ');

export function isModel(text: unknown): text is Model {
  return MODEL_NAMES.some((name) => name === text);
}
