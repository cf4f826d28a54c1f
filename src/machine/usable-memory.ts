/**
 * Memory that this process may use. Without a limit Node reports 0, or more than the machine has, as
 * `constrainedBytes`.
 */
export function usableMemory(totalBytes: number, constrainedBytes: number | undefined): number {
  return constrainedBytes === undefined || constrainedBytes === 0 ? totalBytes : Math.min(totalBytes, constrainedBytes);
}
