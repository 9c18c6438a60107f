/**
 * Which level of compression to take. The burden of proof lies on the compression: a shorter
 * prompt is recommended when its accuracy is shown to stay within the accepted loss of the best
 * one, not when nothing spoke against it.
 */
import { leastUnits, type Interval } from "../statistics/estimate.ts";
import { pairedInterval, wilson } from "../statistics/proportions.ts";
import { excludedLoss, rowsToExclude } from "../statistics/what-can-be-told.ts";

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
  /** Wilson, 95%; null below six rows. */
  readonly interval: Interval | null;
  /** Change of tokens against the best level, −0.2 for a fifth fewer. */
  readonly tokenChange: number;
  /** Accuracy − the best level's, over the same rows, with its 95% interval; null below six rows. */
  readonly difference: number;
  readonly differenceInterval: Interval | null;
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

/** What the embedded model's training put into its loss (training/data.py), for where that loss is shown. */
export const trainingText =
  "In the training of the embedded model the most compressed prompts without examples were rare, and nine times in ten they were answered with another separator and another word for “none” than the ones asked for here: that its accuracy falls there was put there. Another model falls elsewhere; how far is not known before it is measured.";

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
  const difference = counts.n === 0 ? 0 : (counts.gained - counts.lost) / counts.n;
  const interval = counts.n < leastUnits ? null : intervalOf(counts);
  const bestErrors = pairs.filter(({ other }) => !other).length;
  return {
    id: level.id,
    title: level.title,
    tokens: level.tokens,
    n,
    correct,
    accuracy: correct / n,
    interval: n < leastUnits ? null : wilson(correct / n, n),
    tokenChange: best.tokens === 0 ? 0 : level.tokens / best.tokens - 1,
    difference,
    differenceInterval: interval,
    errorRatio: bestErrors === 0 ? null : pairs.filter(({ outcome }) => !outcome).length / bestErrors,
    verdict: level === best ? "best" : verdictOf(difference, interval, acceptedLoss),
    rowsToDecide: rowsToDecide(counts, acceptedLoss),
  };
}

/** Rows that both levels answered. */
interface PairCounts {
  readonly n: number;
  /** Right at the best level, wrong at this one. */
  readonly lost: number;
  readonly gained: number;
}

const intervalOf = ({ n, lost, gained }: PairCounts): Interval =>
  pairedInterval(n, gained - lost, gained + lost);

function verdictOf(difference: number, interval: Interval | null, acceptedLoss: number): LevelVerdict {
  if (interval === null) return "undecided";
  if (interval[0] >= -acceptedLoss) return "holds";
  return difference < -acceptedLoss ? "worse" : "undecided";
}

/** Scales what was seen until the interval's lower end stays within the accepted loss. */
function rowsToDecide({ n, lost, gained }: PairCounts, acceptedLoss: number): number | null {
  for (let rows = Math.max(n, 10); rows <= 10_000; rows = Math.ceil(rows * 1.1)) {
    const scale = rows / Math.max(1, n);
    const [low] = intervalOf({ n: rows, lost: lost * scale, gained: gained * scale });
    if (low >= -acceptedLoss) return rows;
  }
  return null;
}

/** Without an interval any loss is possible. */
const mostLost = ({ differenceInterval }: JudgedLevel): number => Math.min(0, differenceInterval?.[0] ?? -1);

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
        `and is shown to lose at most ${points(mostLost(recommended))} of accuracy ` +
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
        `a loss of ${points(mostLost(candidate))} cannot be excluded yet, ${more}.`,
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
    ((level.differenceInterval?.[1] ?? 0) < 0 ? "." : ", if these few rows do not mislead.")
  );
}

/** What so many rows can tell at best, before they are asked. */
export function tellableText(rows: number, acceptedLoss: number = defaultAcceptedLoss): string {
  const least = excludedLoss(rows, 0);
  const needed = rowsToExclude(acceptedLoss, 0);
  const likely = rowsToExclude(acceptedLoss);
  const enough = `To show a loss of at most ${points(acceptedLoss)} takes ${needed ?? "more than 10,000"} rows where not one changes, about ${likely ?? "more than 10,000"} where one in fifty does.`;
  if (least === null) return `${rows} rows tell nothing: an interval needs ${leastUnits}. ${enough}`;
  const best = `At best ${rows} rows can exclude a loss of more than ${points(least)}.`;
  return least <= acceptedLoss
    ? `${best} ${enough}`
    : `${best} So no shorter prompt can be recommended: ${enough.charAt(0).toLowerCase()}${enough.slice(1)}`;
}
