// Which hits of a source have gone out, alone or as part of another's line: all of a beginning, and a few beyond it.

export class Consumed {
  /** Hits [0, prefix) are out. */
  prefix = 0;
  /** Those behind it that are out too. */
  readonly beyond: Set<number>;

  constructor(beyond: Iterable<number> = []) {
    this.beyond = new Set(beyond);
    this.closeUp();
  }

  add(serial: number): void {
    if (serial > this.prefix) this.beyond.add(serial);
    else if (serial === this.prefix) {
      this.prefix++;
      if (this.beyond.size > 0) this.closeUp();
    }
  }

  copy(): Consumed {
    const copy = new Consumed();
    copy.prefix = this.prefix;
    for (const serial of this.beyond) copy.beyond.add(serial);
    return copy;
  }

  private closeUp(): void {
    while (this.beyond.delete(this.prefix)) this.prefix++;
  }
}
