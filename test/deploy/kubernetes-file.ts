import { documentsOf, type Line } from './deploy-files.js';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly parallelism?: number;
    readonly completions?: number;
    readonly selector?: Readonly<Record<string, unknown>>;
    readonly template?: PodTemplate;
  };
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly automountServiceAccountToken?: boolean;
    readonly securityContext: { readonly runAsNonRoot?: boolean; readonly sysctls?: readonly unknown[] };
    readonly containers: readonly Container[];
    readonly volumes: readonly Volume[];
  };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly EnvironmentEntry[];
  readonly resources: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  readonly securityContext: {
    readonly readOnlyRootFilesystem?: boolean;
    readonly allowPrivilegeEscalation?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[] };
  };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface EnvironmentEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

export const manifests = () => documentsOf<Manifest>('kubernetes.yaml');

export function kubernetesLines(): Line[] {
  return manifests()
    .flatMap(({ spec }) => spec?.template?.spec.containers ?? [])
    .filter(({ image }) => image === 'wsurge')
    .map(({ args }) => ({ place: 'kubernetes.yaml', words: args }));
}
