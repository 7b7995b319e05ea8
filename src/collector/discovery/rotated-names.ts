// Which file a rotated one belongs to: app.log.1, app.log-20261121.gz and their like are older parts of app.log.

/** Only `.gz` can be read, but the others are no logs of their own either. */
const COMPRESSED = /\.(?:gz|bz2|xz|zst)$/;
/** What reader/siblings.ts takes for an older generation in the style of logrotate. */
const ROTATED = /^(.+?)(?:\.\d{1,6}|[-.]\d{8}(?:[-_.T]?\d{1,10})?)$/;
/** `app.log` is a log even when it is just not there; of `v1.2` only a file `v1` beside it makes an older part. */
const HAS_EXTENSION = /\.[A-Za-z]\w*$/;

/** The name of the file that is written now; undefined where `name` is that of a file of its own. */
export function rotationBase(name: string, isPresent: (name: string) => boolean): string | undefined {
  const base = ROTATED.exec(name.replace(COMPRESSED, ""))?.[1];
  return base !== undefined && (HAS_EXTENSION.test(base) || isPresent(base)) ? base : undefined;
}
