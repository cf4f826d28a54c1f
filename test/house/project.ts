import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** What a checkout holds besides the project: installed, built, measured or packed. */
const NOT_OURS = /^(node_modules|\.git|dist(-.*)?|results|coverage)$|\.tgz$/;

/** The project's own text files by path from its root, with `/` between folders. */
export function projectFiles(): Map<string, string> {
  const files = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (NOT_OURS.test(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) files.set(relative(root, path).replaceAll(sep, '/'), readFileSync(path, 'utf8'));
    }
  };
  visit(root);
  return files;
}

/** Those of `files` that are TypeScript under one of `folders`. */
export function typeScriptIn(files: ReadonlyMap<string, string>, ...folders: string[]): Map<string, string> {
  return new Map(
    [...files].filter(([path]) => path.endsWith('.ts') && folders.some((folder) => path.startsWith(`${folder}/`))),
  );
}
