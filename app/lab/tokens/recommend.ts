/**
 * Which level of compression to take. The burden of proof lies on the compression: a shorter
 * prompt is recommended when its accuracy is shown to stay within the accepted loss of the best
 * one, not when nothing spoke against it.
 */
import { proportionInterval, pairedProportions } from "./proportions.ts";
import type { Interval } from "../statistics.ts";

/** A level as measured. */
export interface Level {
  readonly id: string;
  readonly title: string;
  /** Prompt tokens a row, mean. */
  readonly tokens: number;
  /** Right or wrong for each row, the same rows for all levels; null where no answer came. */
  readonly outcomes: readonly (boolean | null)[];
}

/**
 * `best`: the most accurate, what the others are held against. `holds`: shown to lose no more
 * than accepted. `undecided`: so many rows do not tell. `worse`: shown to lose more than
 * accepted, or lost more on the rows measured.
 */
export type LevelVerdict = "best" | "holds" | "undecided" | "worse";

export interface JudgedLevel {
  readonly id: string;
  readonly title: string;
  readonly tokens: number;
  readonly n: number;
  readonly correct: number;
  readonly accuracy: number;
  /** Wilson, 95%. */
  readonly interval: Interval;
  /** Change of tokens against the best level, −0.2 for a fifth fewer. */
  readonly tokenChange: number;
  /** Accuracy − the best level's, over the same rows, with its 95% interval. */
  readonly difference: number;
  readonly differenceInterval: Interval;
  /** Errors of this level for one of the best; null where the best made none. */
  readonly errorRatio: number | null;
  readonly verdict: LevelVerdict;
  /** Rows that would show that it holds, if it goes on as measured; null where it would not. */
  readonly rowsToDecide: number | null;
}

export interface Recommendation {
  readonly levels: readonly JudgedLevel[];
  readonly best: JudgedLevel;
  readonly recommended: JudgedLevel;
  /** The shortest level below the recommended one that may be as good, but is not shown to be. */
  readonly candidate: JudgedLevel | null;
  readonly acceptedLoss: number;
  readonly reason: string;
}

/** Two points: of 100 answers, two more may be wrong. */
export const defaultAcceptedLoss = 0.02;

/** Null where no level has an answer. */
export function recommend(
  levels: readonly Level[],
  acceptedLoss: number = defaultAcceptedLoss,
): Recommendation | null {
  const measured = levels.filter(({ outcomes }) => outcomes.some((outcome) => outcome !== null));
  // Between equals the longer prompt is the one that the others have to match.
  const [first] = measured.toSorted((a, b) => accuracyOf(b) - accuracyOf(a) || b.tokens - a.tokens);
  if (first === undefined) return null;
  const judged = measured.map((level) => judge(level, first, acceptedLoss));
  const best = judge(first, first, acceptedLoss);
  const byTokens = judged.toSorted((a, b) => a.tokens - b.tokens);
  const recommended =
    byTokens.find(({ verdict, tokens }) => verdict === "holds" && tokens < best.tokens) ?? best;
  const candidate =
    byTokens.find(({ verdict, tokens }) => verdict === "undecided" && tokens < recommended.tokens) ?? null;
  const reason = reasonOf(best, recommended, candidate, judged, acceptedLoss);
  return { levels: judged, best, recommended, candidate, acceptedLoss, reason };
}

const answered = ({ outcomes }: Level): readonly boolean[] => outcomes.filter((outcome) => outcome !== null);
const numCorrect = (level: Level): number => answered(level).filter(Boolean).length;
const accuracyOf = (level: Level): number => numCorrect(level) / answered(level).length;

function judge(level: Level, best: Level, acceptedLoss: number): JudgedLevel {
  const n = answered(level).length;
  const correct = numCorrect(level);
  const pairs = level.outcomes.flatMap((outcome, row) => {
    const other = best.outcomes[row] ?? null;
    return outcome === null || other === null ? [] : [{ outcome, other }];
  });
  const counts = {
    n: pairs.length,
    lost: pairs.filter(({ outcome, other }) => !outcome && other).length,
    gained: pairs.filter(({ outcome, other }) => outcome && !other).length,
  };
  const { difference, interval } = pairedProportions(counts);
  const bestErrors = pairs.filter(({ other }) => !other).length;
  return {
    id: level.id,
    title: level.title,
    tokens: level.tokens,
    n,
    correct,
    accuracy: correct / n,
    interval: proportionInterval(correct, n),
    tokenChange: best.tokens === 0 ? 0 : level.tokens / best.tokens - 1,
    difference,
    differenceInterval: interval,
    errorRatio: bestErrors === 0 ? null : pairs.filter(({ outcome }) => !outcome).length / bestErrors,
    verdict: level === best ? "best" : verdictOf(difference, interval, acceptedLoss),
    rowsToDecide: rowsToDecide(counts, acceptedLoss),
  };
}

function verdictOf(difference: number, interval: Interval, acceptedLoss: number): LevelVerdict {
  if (interval.low >= -acceptedLoss) return "holds";
  return difference < -acceptedLoss || interval.high < -acceptedLoss ? "worse" : "undecided";
}

/** Scales what was seen until the interval's lower end stays within the accepted loss. */
function rowsToDecide(
  { n, lost, gained }: { n: number; lost: number; gained: number },
  acceptedLoss: number,
): number | null {
  for (let rows = Math.max(n, 10); rows <= 10_000; rows = Math.ceil(rows * 1.1)) {
    const scale = rows / Math.max(1, n);
    const { interval } = pairedProportions({ n: rows, lost: lost * scale, gained: gained * scale });
    if (interval.low >= -acceptedLoss) return rows;
  }
  return null;
}

const points = (share: number): string => `${Math.round(Math.abs(share) * 1000) / 10} points`;
const percent = (share: number): string => `${Math.round(Math.abs(share) * 1000) / 10}%`;

function reasonOf(
  best: JudgedLevel,
  recommended: JudgedLevel,
  candidate: JudgedLevel | null,
  levels: readonly JudgedLevel[],
  acceptedLoss: number,
): string {
  const parts: string[] = [];
  if (recommended.verdict === "holds") {
    parts.push(
      `${recommended.title} uses ${percent(recommended.tokenChange)} fewer tokens than ${best.title}, the most accurate, ` +
        `and is shown to lose at most ${points(Math.min(0, recommended.differenceInterval.low))} of accuracy ` +
        `(95%, ${recommended.n} rows); ${points(acceptedLoss)} are accepted.`,
    );
  } else {
    parts.push(
      `${best.title} is the most accurate (${best.correct} of ${best.n}), and no shorter prompt is shown to stay within ` +
        `${points(acceptedLoss)} of it.`,
    );
  }
  const rejected = levels
    .filter(({ verdict, tokens }) => verdict === "worse" && tokens < recommended.tokens)
    .toSorted((a, b) => b.tokens - a.tokens)[0];
  if (rejected !== undefined) parts.push(rejection(rejected, best));
  if (candidate !== null) {
    const more =
      candidate.rowsToDecide === null
        ? "more rows would tell"
        : `about ${candidate.rowsToDecide} rows would tell`;
    parts.push(
      `${candidate.title} (${percent(candidate.tokenChange)} fewer tokens, ${candidate.correct} of ${candidate.n}) may do as well: ` +
        `a loss of ${points(Math.min(0, candidate.differenceInterval.low))} cannot be excluded yet, ${more}.`,
    );
  }
  return parts.join(" ");
}

function rejection(level: JudgedLevel, best: JudgedLevel): string {
  const errors =
    level.errorRatio === null || level.errorRatio <= 1
      ? ""
      : `, ${Math.round(level.errorRatio * 10) / 10} times the errors`;
  return (
    `${level.title} saves ${percent(level.tokenChange)} of the tokens and takes the error rate from ` +
    `${percent(1 - best.accuracy)} to ${percent(1 - level.accuracy)}${errors}: not worth it` +
    (level.differenceInterval.high < 0 ? "." : ", if these few rows do not mislead.")
  );
}
