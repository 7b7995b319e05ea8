// A text read from left to right by sticky patterns; it knows where it stands when something else was expected.

export class TextScanner {
  readonly text: string;
  position = 0;
  private readonly describe: (text: string, position: number, expected: string) => Error;

  constructor(text: string, describe: (text: string, position: number, expected: string) => Error) {
    this.text = text;
    this.describe = describe;
  }

  /** Goes over what the sticky `pattern` matches here; undefined, and no step, when it does not. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.position += found[0].length;
    return found;
  }

  sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.position;
    return pattern.test(this.text);
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.position < this.text.length) throw this.error("the end");
  }

  /** The error to throw, at `offset` from here. */
  error(expected: string, offset = 0): Error {
    return this.describe(this.text, this.position + offset, expected);
  }
}
