/** One machine that made load. A limit is null where the system does not say or sets none. */
export interface GeneratorEnvironment {
  readonly host: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly limits: { readonly openFiles: number | null; readonly ephemeralPorts: number | null };
}
