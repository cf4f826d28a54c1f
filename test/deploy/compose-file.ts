import { deployFile, documentsOf, type Line } from './deploy-files.js';

export interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly user: string;
  readonly read_only: boolean;
  readonly depends_on?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly working_dir?: string;
  readonly profiles?: readonly string[];
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
}

export const composeText = () => deployFile('compose.yaml');
export const composeFile = () => documentsOf<Compose>('compose.yaml')[0]!;

/** What each container runs, and what the pages and the head of the file run in the coordinator's. */
export function composeLines(): Line[] {
  const own = Object.values(composeFile().services).filter(({ image }) => image === 'wsurge');
  const run = /docker compose run --rm coordinator (.+)$/gm;
  const written = ['compose.yaml', 'README.md'].flatMap((place) =>
    [...deployFile(place).matchAll(run)].map(([, line]) => ({ place, words: line!.trim().split(/ +/) })),
  );
  return [...own.map(({ command }) => ({ place: 'compose.yaml', words: command })), ...written];
}
