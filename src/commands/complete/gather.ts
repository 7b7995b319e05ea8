// Puts the candidates together: fixed words at once, answers of the cluster in time, what is remembered where it is late.
import type { AnswerCache } from "./answer-cache.ts";
import { type Candidate, fitting, type Offer, type Question } from "./request.ts";

/** Several TABs in a row ask the cluster once. */
const FRESH_MS = 5_000;
/** A name of yesterday helps more than none. */
const STALE_MS = 24 * 3600_000;

export interface AnswerSources {
  readonly ask: (question: Question) => Promise<readonly Candidate[]>;
  readonly cache: AnswerCache;
  readonly keyOf: (question: Question) => string;
  /** Resolves when the person has waited long enough. */
  readonly deadline: Promise<void>;
  /** The cluster did not answer in time: somebody should ask again without a person waiting. */
  readonly late: () => void;
}

export async function gather(offers: readonly Offer[], sources: AnswerSources): Promise<Candidate[]> {
  const groups = await Promise.all(
    offers.map(async (offer) => {
      const answers = offer.question === undefined ? [] : await answersTo(offer.question, sources);
      return fitting(offer, [
        ...(offer.fixed ?? []),
        ...answers.map((candidate) => withSuffix(candidate, offer.suffix)),
      ]);
    }),
  );
  const seen = new Set<string>();
  return groups.flat().filter(({ value }) => !seen.has(value) && seen.add(value));
}

async function answersTo(question: Question, sources: AnswerSources): Promise<readonly Candidate[]> {
  const key = sources.keyOf(question);
  const remembered = await sources.cache.recall(key);
  if (remembered !== undefined && remembered.ageMs < FRESH_MS) return remembered.candidates;
  const asked = sources.ask(question).then(
    async (candidates) => {
      await sources.cache.remember(key, candidates);
      return candidates;
    },
    // Refused, unreachable, no kubeconfig: the command itself will say so when it runs.
    () => [],
  );
  const inTime = await Promise.race([asked, sources.deadline]);
  if (inTime !== undefined) return inTime;
  sources.late();
  return remembered !== undefined && remembered.ageMs < STALE_MS ? remembered.candidates : [];
}

function withSuffix(candidate: Candidate, suffix: string | undefined): Candidate {
  return suffix === undefined ? candidate : { ...candidate, value: candidate.value + suffix, open: true };
}
