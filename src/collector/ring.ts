// A circular list threaded through its own members: moving one to the end costs no allocation and no search.

export class Link<T> {
  readonly value: T;
  ring: Ring<T> | undefined;
  before: Link<T> = this;
  after: Link<T> = this;

  constructor(value: T) {
    this.value = value;
  }
}

/** A link is in one ring at a time. */
export class Ring<T> {
  first: Link<T> | undefined;
  size = 0;

  /** Puts the link at the end, taking it out of where it was. */
  push(link: Link<T>): void {
    link.ring?.remove(link);
    const { first } = this;
    if (first === undefined) {
      link.before = link;
      link.after = link;
      this.first = link;
    } else {
      link.before = first.before;
      link.after = first;
      first.before.after = link;
      first.before = link;
    }
    link.ring = this;
    this.size += 1;
  }

  remove(link: Link<T>): void {
    if (link.after === link) this.first = undefined;
    else if (this.first === link) this.first = link.after;
    link.before.after = link.after;
    link.after.before = link.before;
    link.ring = undefined;
    this.size -= 1;
  }
}
