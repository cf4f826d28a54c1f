/** How long the target took for what was read from it last, be it a reply or a delivery. Counts from the send. */
export class LastService {
  /** Microseconds; 0 before anything was read. */
  us = 0;
}
