import { providerPresets, type ProviderPreset } from "../../lab/pricing/providers.ts";
import { formatDollars } from "../../lab/pricing/savings.ts";
import type { LogAnalysis } from "../../lab/logs/analyse-log.ts";
import type { BreakGroup } from "../../lab/logs/break-groups.ts";
import type { LogProblem } from "../../lab/logs/parse-log.ts";
import { applyRule, type RuleResult } from "../../lab/logs/traffic-rules.ts";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { formatNumber } from "../../lab/format.ts";
import { Kpi, KpiRow } from "../../ui/Kpi.tsx";
import { Tag } from "../../ui/Tag.tsx";
import styles from "./planner.module.css";

const count = (value: number): string => Math.round(value).toLocaleString("en-US");
const percent = (share: number): string => `${formatNumber(share * 100)}%`;

interface AnalysisProps {
  analysis: LogAnalysis;
  /** The calculator's preset, edits included. */
  preset: ProviderPreset;
}

export function TrafficKpis({ analysis, preset }: AnalysisProps) {
  const { cachedTokens, share, numHits } = applyRule(analysis, preset);
  const lost = analysis.breaks.reduce((sum, { tokensLost }) => sum + tokensLost, 0);
  return (
    <KpiRow>
      <Kpi
        label="Prompt tokens"
        value={count(analysis.totalTokens)}
        note={`o200k; ${percent(analysis.exactShare)} of the text counted, the rest by ${formatNumber(analysis.charactersPerToken)} characters a token`}
        formula="tokens of all prompts in the log"
      />
      <Kpi
        label={`Cacheable, ${preset.name}`}
        value={percent(share)}
        note={`${count(cachedTokens)} tokens, ${count(numHits)} requests`}
        formula="tokens that the rule serves from its cache / all prompt tokens"
      />
      <Kpi
        label="Lost to breaks"
        value={`≈ ${percent(analysis.totalTokens === 0 ? 0 : lost / analysis.totalTokens)}`}
        note={`${count(lost)} tokens behind a difference that need not be there`}
        formula="tokens that are the same again after a timestamp, an id or another difference"
      />
    </KpiRow>
  );
}

interface ProviderRow extends RuleResult {
  readonly preset: ProviderPreset;
  readonly edited: boolean;
}

const providerColumns: readonly Column<ProviderRow>[] = [
  {
    key: "name",
    header: "Rule",
    cell: ({ preset, edited }) => (
      <>
        {preset.name} {edited ? <Tag tone="warn">edited</Tag> : <Tag>{preset.asOf}</Tag>}
      </>
    ),
  },
  {
    key: "min",
    header: "From",
    align: "right",
    formula: "shortest prefix, tokens",
    cell: ({ preset }) => count(preset.minTokens),
  },
  {
    key: "step",
    header: "Steps",
    align: "right",
    formula: "a cached prefix is a whole number of these, tokens",
    cell: ({ preset }) => count(preset.granularity),
  },
  {
    key: "ttl",
    header: "Kept",
    align: "right",
    formula: "after the last use",
    cell: ({ preset: { ttlSeconds } }) => (ttlSeconds === null ? "no limit" : `${count(ttlSeconds)} s`),
  },
  {
    key: "share",
    header: "Cacheable",
    align: "right",
    formula: "cached tokens / prompt tokens",
    cell: ({ share }) => percent(share),
  },
  { key: "hits", header: "Requests that hit", align: "right", cell: ({ numHits }) => count(numHits) },
  {
    key: "without",
    header: "Without",
    align: "right",
    formula: "prompt tokens · input price",
    cell: ({ costWithout }) => formatDollars(costWithout),
  },
  {
    key: "with",
    header: "With",
    align: "right",
    formula: "cached · read price + stored · write price + the rest · input price",
    cell: ({ costWith }) => formatDollars(costWith),
  },
];

/** The log under every provider's rule, the calculator's edits in place of their preset. */
export function ProvidersTable({ analysis, preset }: AnalysisProps) {
  const rows = providerPresets.map((original): ProviderRow => {
    const used = original.id === preset.id ? preset : original;
    return { preset: used, edited: used !== original, ...applyRule(analysis, used) };
  });
  return (
    <>
      <h3>What each rule could cache</h3>
      <DataTable
        caption="Cacheable share under each provider’s rule"
        columns={providerColumns}
        rows={rows}
        rowKey={({ preset: { id } }) => id}
      />
      <p className={styles["note"]}>
        Costs are of the log’s prompts, arithmetic on its tokens; the tokens are o200k’s, other models count
        differently.
      </p>
    </>
  );
}

const breakColumns: readonly Column<BreakGroup>[] = [
  {
    key: "kind",
    header: "Why",
    cell: ({ kind }) => <Tag tone="warn">{kind === "text" ? "first difference" : kind}</Tag>,
  },
  {
    key: "where",
    header: "Where",
    cell: ({ part, role, context }) => (
      <>
        {`part ${part + 1}, ${role}`}
        {context !== "" && (
          <>
            {" "}
            after <code>{context}</code>
          </>
        )}
      </>
    ),
  },
  {
    key: "example",
    header: "Example",
    cell: ({ example }) => (
      <>
        line {example.line}: <code>{example.text}</code>, line {example.otherLine}:{" "}
        <code>{example.otherText}</code>
      </>
    ),
  },
  { key: "lines", header: "Lines", align: "right", cell: ({ numLines }) => count(numLines) },
  {
    key: "which",
    header: "Which",
    cell: ({ lines, numLines }) => `${lines.slice(0, 6).join(", ")}${numLines > 6 ? ", …" : ""}`,
  },
  {
    key: "lost",
    header: "Tokens lost",
    align: "right",
    formula: "the same again after the difference, over all lines, estimated by characters",
    cell: ({ tokensLost }) => `≈ ${count(tokensLost)}`,
  },
];

export function BreaksTable({ analysis: { breaks } }: Pick<AnalysisProps, "analysis">) {
  return (
    <>
      <h3>What breaks the prefix</h3>
      {breaks.length === 0 ? (
        <p className={styles["note"]}>
          Nothing: where two requests differ, nothing that is the same follows.
        </p>
      ) : (
        <DataTable
          caption="What breaks the prefix"
          columns={breakColumns}
          rows={breaks}
          rowKey={(_row, index) => index}
          maxHeight={360}
        />
      )}
    </>
  );
}

const problemColumns: readonly Column<LogProblem>[] = [
  { key: "line", header: "Line", align: "right", cell: ({ line }) => line },
  { key: "reason", header: "Why it was left out", cell: ({ reason }) => reason },
];
const mostProblems = 500;

export function ProblemsTable({ problems }: { problems: readonly LogProblem[] }) {
  return (
    <details>
      <summary>
        {problems.length.toLocaleString("en-US")} bad {problems.length === 1 ? "line" : "lines"}
        {problems.length > mostProblems && `, the first ${mostProblems} are listed`}
      </summary>
      <DataTable
        caption="Bad lines"
        columns={problemColumns}
        rows={problems.slice(0, mostProblems)}
        rowKey={({ line }) => line}
        maxHeight={260}
      />
    </details>
  );
}
