/**
 * Every key and fixed word of a JSON Schema: our own vocabulary, in which nothing can be a secret. The schema is made at
 * the first call and its words are kept: making one takes longer than most documents.
 */
export function schemaWords(schema: () => unknown): () => ReadonlySet<string> {
  let words: Set<string> | null = null;
  return () => {
    if (words !== null) return words;
    words = new Set();
    collect(schema(), words);
    return words;
  };
}

function collect(node: unknown, words: Set<string>): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, words);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties' && typeof value === 'object' && value !== null) {
      for (const name of Object.keys(value)) words.add(name);
    }
    if (key === 'enum' && Array.isArray(value)) for (const word of value) words.add(String(word));
    if (key === 'const') words.add(String(value));
    collect(value, words);
  }
}
