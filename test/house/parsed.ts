import ts from 'typescript';

const PARSED = new Map<string, ts.SourceFile>();
const HOW = { languageVersion: ts.ScriptTarget.ES2023, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };

/** The syntax of a file, without that of its comments. Kept, because several rules look at the same file. */
export function parsed(path: string, text: string): ts.SourceFile {
  const key = `${path}\n${text}`;
  const file = PARSED.get(key) ?? ts.createSourceFile(path, text, HOW, true);
  PARSED.set(key, file);
  return file;
}
