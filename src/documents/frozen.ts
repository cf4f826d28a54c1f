/** A document as it is read: nothing of it is changed any more. */
export type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** Every key is there: to compare two types also by the keys that may be absent, which fit any type otherwise. */
type Whole<T> = T extends object ? { readonly [K in keyof T]-?: Whole<T[K]> } : T;

type Fits<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/**
 * `true` while a schema's type and an interface say the same, in both directions and for every key. For the parts of a
 * document that other rooms own: `true satisfies InStep<z.infer<typeof schema>, TheInterface>` does not compile once the
 * two differ.
 */
export type InStep<A, B> = Fits<Frozen<A>, Frozen<B>> extends true ? Fits<Whole<A>, Whole<B>> : false;
