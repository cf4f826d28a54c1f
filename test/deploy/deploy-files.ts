/** The files of docs/deploy, and the command lines in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { COMMANDS } from '../../src/cli/flags/commands.js';
import { type Block, commandLinesOf, wordsOf } from '../house/pages.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
export const DEPLOY = join(root, 'docs/deploy');
const GUIDE = 'docs/guide/fleet.md';

export const deployFile = (name: string) => readFileSync(join(DEPLOY, name), 'utf8');

/** Every document of a YAML file as Kubernetes and Compose read it; a problem of the syntax is thrown. */
export function documentsOf<Shape>(name: string): Shape[] {
  return parseAllDocuments(deployFile(name), { merge: true, strict: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw problem;
    return document.toJS() as Shape;
  });
}

export interface Line {
  readonly place: string;
  /** What follows `wsurge`. */
  readonly words: readonly string[];
}

/** Every command line of wsurge in the pages, in agent.service and in the heads of the other files. */
export function writtenLines(): Line[] {
  const names = readdirSync(DEPLOY);
  const pages = new Map(
    names.filter((name) => name.endsWith('.md')).map((name) => [`docs/deploy/${name}`, deployFile(name)]),
  );
  pages.set(GUIDE, readFileSync(join(root, GUIDE), 'utf8'));
  const others = names
    .filter((name) => !name.endsWith('.md'))
    .flatMap((name) =>
      [...deployFile(name).matchAll(/^.*?(\bwsurge [a-z].*)$/gm)].map(([, text]) => ({ place: name, text: text! })),
    );
  const quoted = [...pages].flatMap(([place, text]) =>
    [...text.replaceAll('\\\n', ' ').matchAll(/ (wsurge [a-z][^'\n]*)'$/gm)].map(([, line]) => ({
      place,
      text: line!,
    })),
  );
  return [...commandLinesOf(pages), ...others, ...quoted].map(lineOf).filter(({ words }) => isCommand(words[0]));
}

function lineOf({ place, text }: Block): Line {
  return { place, words: wordsOf(text).slice(1) };
}

/** A word that could be a command, whether it is there or not: prose goes on with other words. */
function isCommand(word: string | undefined): boolean {
  return word === 'agent' || word === 'agents' || COMMANDS.some(({ name }) => name === word);
}
