// The stream of what all services of the demo write, in the order of time: first the past hour, then what happens now.
import { Chance } from "./chance.ts";
import { type DemoEntry, type Incident, reportStep, visit } from "./shop.ts";

const REPORT_STEP_MS = 2500;

/** Goes on for ever: `until` says how far. Entries of overlapping requests are sorted by time. */
export class Traffic {
  readonly #visitors: Chance;
  readonly #worker: Chance;
  readonly #incident: Incident;
  readonly #perSecond: number;
  #nextVisit: number;
  #nextReport: number;
  #reportStep = 0;
  #waiting: DemoEntry[] = [];

  /** `perSecond`: visits, each of which is two to five lines. */
  constructor(options: {
    readonly seed: number;
    readonly from: number;
    readonly incident: Incident;
    readonly perSecond: number;
  }) {
    // One each: what visitors do does not depend on how far the worker has come.
    this.#visitors = new Chance(options.seed);
    this.#worker = new Chance(options.seed + 1);
    this.#incident = options.incident;
    this.#perSecond = options.perSecond;
    this.#nextVisit = options.from;
    this.#nextReport = options.from;
  }

  /** All that was not given yet and is written before `time`. */
  until(time: number): DemoEntry[] {
    while (this.#nextVisit < time) {
      this.#waiting.push(...visit(this.#nextVisit, this.#visitors, this.#incident));
      this.#nextVisit += Math.max(1, Math.round((-Math.log(1 - this.#visitors.next()) * 1000) / this.#perSecond));
    }
    while (this.#nextReport < time) {
      this.#waiting.push(reportStep(this.#nextReport, this.#reportStep++, this.#worker));
      this.#nextReport += REPORT_STEP_MS;
    }
    this.#waiting.sort((a, b) => a.at - b.at);
    const end = this.#waiting.findIndex(({ at }) => at >= time);
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }
}
