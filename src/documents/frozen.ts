/** A document as it is read: nothing of it is changed any more. */
export type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/**
 * `true` while a schema's type and an interface say the same, in both directions. For the parts of a document that
 * other rooms own: `true satisfies InStep<z.infer<typeof schema>, TheInterface>` does not compile once the two differ.
 */
export type InStep<A, B> = Same<Frozen<A>, Frozen<B>>;
