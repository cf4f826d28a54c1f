/** `constrained` is 0 or beyond the machine's own where nothing constrains. */
export function usableMemory(totalBytes: number, constrainedBytes: number | undefined): number {
  return constrainedBytes === undefined || constrainedBytes === 0 ? totalBytes : Math.min(totalBytes, constrainedBytes);
}
