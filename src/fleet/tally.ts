/** Questions over the bus since a mark, and how often one of them had to be sent again. */
export class Tally {
  #sent = 0;
  #repeated = 0;

  /** Begins anew. */
  mark(): void {
    this.#sent = 0;
    this.#repeated = 0;
  }

  sent(): void {
    this.#sent++;
  }

  repeated(times: number): void {
    this.#repeated += times;
  }

  get counts(): { readonly sent: number; readonly repeated: number } {
    return { sent: this.#sent, repeated: this.#repeated };
  }
}
