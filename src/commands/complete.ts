// `klog __complete SHELL -- WORDS...`: what the completion scripts call at each TAB. Never an error, never late.
// Most TABs need no cluster, so everything that does is loaded only for them.
import { isShell } from "./command-table.ts";
import { type Candidate, type CompletionRequest, completeWords, fixedCandidates, isLocal } from "./complete/request.ts";
import { answerText, typedLine } from "./complete/shell-words.ts";

export interface CompletionIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly write: (text: string) => void;
  /** Runs `klog __complete refresh -- WORDS...` behind the person's back. */
  readonly refreshLater: (words: readonly string[]) => void;
}

/** Where bash starts a new word, if the script does not say. */
const BASH_WORD_BREAKS = " \t\n\"'><=;|&(:";

export async function complete([shell, , ...given]: readonly string[], io: CompletionIo): Promise<void> {
  if (shell === "refresh") {
    const { liveCandidates } = await import("./complete/live.ts");
    await liveCandidates(completeWords(given), io.env).catch(() => undefined);
    return;
  }
  if (!isShell(shell)) return;
  const line = typedLine(shell, given, io.env["KLOG_WORD_BREAKS"] ?? BASH_WORD_BREAKS);
  const request = completeWords(line.words);
  const candidates = await candidatesOf(request, io, line.words);
  io.write(answerText(shell, { files: request.files, candidates }, line));
}

async function candidatesOf(
  request: CompletionRequest,
  io: CompletionIo,
  words: readonly string[],
): Promise<readonly Candidate[]> {
  const { offers } = request;
  const questions = offers.flatMap(({ question }) => question ?? []);
  if (questions.length === 0) return fixedCandidates(offers);
  if (questions.every(isLocal)) {
    const { localCandidates } = await import("./complete/local-answers.ts");
    return localCandidates(offers);
  }
  // A broken config file or a half-typed flag is nothing to say in the middle of a line.
  return import("./complete/live.ts")
    .then(({ liveCandidates }) => liveCandidates(request, io.env, () => io.refreshLater(words)))
    .catch(() => fixedCandidates(offers));
}
