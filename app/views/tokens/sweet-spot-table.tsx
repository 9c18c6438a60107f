import type { JudgedLevel, LevelVerdict, Recommendation } from "../../lab/tokens/recommend.ts";
import type { MeasuredLevel, SweetSpotReport } from "../../lab/tokens/sweet-spot.ts";
import type { Column } from "../../ui/DataTable.tsx";
import { formatNumber, formatSigned, unknown } from "../../lab/format.ts";
import { Tag } from "../../ui/Tag.tsx";

export interface LevelRow {
  readonly level: MeasuredLevel;
  /** The level under the loss that is accepted now. */
  readonly judged: JudgedLevel;
  readonly recommended: boolean;
}

export function withLoss({ levels }: SweetSpotReport, result: Recommendation): readonly LevelRow[] {
  return result.levels.flatMap((judged) => {
    const level = levels.find(({ id }) => id === judged.id);
    return level === undefined ? [] : [{ level, judged, recommended: judged.id === result.recommended.id }];
  });
}

const tones: Readonly<Record<LevelVerdict, "good" | "plain" | "warn" | "bad">> = {
  best: "good",
  holds: "good",
  undecided: "warn",
  worse: "bad",
};

const percent = (share: number): string => `${formatNumber(share * 100)}%`;
const points = (share: number): string => formatSigned(share * 100, "");

export const levelColumns: readonly Column<LevelRow>[] = [
  { key: "title", header: "Level", cell: ({ level }) => level.title },
  {
    key: "tokens",
    header: "Prompt tokens",
    align: "right",
    formula: "mean of a row, template included",
    cell: ({ judged }) => formatNumber(judged.tokens),
  },
  {
    key: "change",
    header: "Tokens",
    align: "right",
    formula: "against the most accurate level",
    cell: ({ judged }) => formatSigned(judged.tokenChange * 100, "%"),
  },
  {
    key: "accuracy",
    header: "Accuracy",
    align: "right",
    formula: "rows with all addresses right / rows",
    cell: ({ judged }) => percent(judged.accuracy),
  },
  {
    key: "interval",
    header: "95%",
    align: "right",
    formula: "Wilson’s interval of the accuracy",
    cell: ({ judged: { interval } }) =>
      interval === null ? "–" : `${percent(interval[0])} to ${percent(interval[1])}`,
  },
  { key: "n", header: "n", align: "right", cell: ({ judged }) => judged.n },
  {
    key: "difference",
    header: "Points",
    align: "right",
    formula: "accuracy − the best level’s, the same rows in pairs, with its 95% interval",
    cell: ({ judged: { verdict, difference, differenceInterval } }) =>
      verdict === "best" || differenceInterval === null
        ? unknown
        : `${points(difference)} [${points(differenceInterval[0])}, ${points(differenceInterval[1])}]`,
  },
  {
    key: "errors",
    header: "Error rate",
    align: "right",
    formula: "1 − accuracy, and how many times the best level’s",
    cell: ({ judged: { accuracy, errorRatio, verdict } }) =>
      `${percent(1 - accuracy)}${verdict === "best" || errorRatio === null ? "" : ` (×${formatNumber(errorRatio, 2)})`}`,
  },
  {
    key: "verdict",
    header: "Verdict",
    cell: ({ judged: { verdict }, recommended }) => (
      <>
        <Tag tone={tones[verdict]}>{verdict}</Tag> {recommended && <Tag tone="good">recommended</Tag>}
      </>
    ),
  },
];
