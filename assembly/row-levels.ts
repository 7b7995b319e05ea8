// Levels of the rows that the last decode has made.
import { detectLevel } from "./level";
import { END_COLUMN, INPUT, LEVEL_COLUMN, START_COLUMN } from "./memory";
import { rows } from "./rows";

/** Fills the `level` column. */
export function detectLevels(): void {
  for (let row = 0; row < rows; row++) {
    const start = INPUT + load<i32>(START_COLUMN + (row << 2));
    const end = INPUT + load<i32>(END_COLUMN + (row << 2));
    store<u8>(LEVEL_COLUMN + row, detectLevel(<usize>start, <usize>end));
  }
}
