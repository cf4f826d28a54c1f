/** Texts that grow with the seconds of a run: made as they are written, so that nobody holds them whole. */

/** Length at which a piece is handed on: large enough that a day of seconds takes few writes. */
const PIECE_CHARACTERS = 64 * 1024;

/** The lines, which bring their own ends, in pieces. `lines` is called anew for every reader of the result. */
export function inPieces(lines: () => Iterable<string>): Iterable<string> {
  return { [Symbol.iterator]: () => pieces(lines()) };
}

function* pieces(lines: Iterable<string>): Generator<string> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
