/** A machine that generates load. A limit is null if there is none or it is unknown. */
export interface GeneratorEnvironment {
  readonly host: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly limits: { readonly openFiles: number | null; readonly ephemeralPorts: number | null };
}
