// A colour or style as the two codes that switch it on and off: hot paths write these, nothing is wrapped line by line.

export interface Paint {
  readonly open: string;
  readonly close: string;
}

export const PLAIN: Paint = { open: "", close: "" };

export function painted(paint: Paint, text: string): string {
  return paint.open + text + paint.close;
}

/** How the names of one container are coloured. */
export interface OriginPaints {
  readonly pod: Paint;
  readonly container: Paint;
}
