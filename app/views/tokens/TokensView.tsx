import { useMemo, useState } from "react";

import { TokenChips } from "../../charts/TokenChips.tsx";
import { steps, type StepId } from "../../lab/tokens/compress.ts";
import { textSize } from "../../lab/tokens/counts.ts";
import type { Section } from "../../lab/tokens/sections.ts";
import { useEngine } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Select, TextArea } from "../../ui/Fields.tsx";
import { formatChange, formatNumber } from "../../lab/format.ts";
import { Kpi, KpiRow } from "../../ui/Kpi.tsx";
import { Grid, Stack, View } from "../../ui/layout.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { CompressionSteps } from "./CompressionSteps.tsx";
import {
  countedTexts,
  exampleSections,
  numTokens,
  ratiosOf,
  sectionRows,
  stepRows,
  type CountedTexts,
} from "./derive.ts";
import { Measures, SectionTable } from "./SectionTable.tsx";
import { SweetSpot } from "./SweetSpot.tsx";
import styles from "./tokens.module.css";
import {
  mostCharacters,
  tokenizerIds,
  useTokenCounts,
  type Counts,
  type TokenizerId,
} from "./use-token-counts.ts";

const tokenizerNames: Readonly<Record<TokenizerId, string>> = {
  model: "Loaded model",
  o200k: "o200k (GPT-4o to GPT-5)",
  cl100k: "cl100k (GPT-4, GPT-3.5)",
};

const tabs = [
  { value: "count", label: "Count and compress" },
  { value: "sweet-spot", label: "The sweet spot" },
] as const;

/** What a prompt costs in tokens, what can go, and what going without it does to the answers. */
export function TokensView() {
  const [sections, setSections] = useState<readonly Section[]>(exampleSections);
  const [enabled, setEnabled] = useState<ReadonlySet<StepId>>(new Set(steps.map(({ id }) => id)));
  const [chosen, setChosen] = useState<TokenizerId>("model");
  const [tab, setTab] = useState<(typeof tabs)[number]["value"]>("count");
  const counted = useMemo(() => countedTexts(sections, enabled), [sections, enabled]);
  const counts = useTokenCounts(counted.texts);
  const change = (kind: string, text: string) =>
    setSections(
      sections.map((section) =>
        section.kind === kind ? { ...section, text: text.slice(0, mostCharacters) } : section,
      ),
    );
  const toggle = (id: StepId, on: boolean) => {
    const next = new Set(enabled);
    if (on) next.add(id);
    else next.delete(id);
    setEnabled(next);
  };
  const counting = (
    <Stack gap="large">
      <Grid least={400} top>
        <Card
          title="Prompt"
          actions={
            <Button size="small" variant="ghost" onClick={() => setSections(exampleSections)}>
              Email example
            </Button>
          }
        >
          {sections.map(({ kind, title, text }) => (
            <TextArea
              key={kind}
              label={title}
              rows={kind === "input" ? 2 : 4}
              value={text}
              onChange={(next) => change(kind, next)}
            />
          ))}
        </Card>
        <Card title="Compression" tag="each step can be taken back">
          <CompressionSteps rows={stepRows(counted, counts[chosen])} counted={counted} onToggle={toggle} />
        </Card>
      </Grid>
      <KpiRow>
        {tokenizerIds.map((id) => (
          <TokenKpi key={id} id={id} counts={counts[id]} counted={counted} />
        ))}
      </KpiRow>
      <Card title="Section by section">
        <SectionTable rows={sectionRows(sections, counted, counts)} />
        <Measures rows={sectionRows(sections, counted, counts)} />
      </Card>
      <Card title="The prompt after compression, token by token">
        <div className={styles["picker"]}>
          <Select
            label="Tokenizer"
            value={chosen}
            options={tokenizerIds.map((id) => ({ value: id, label: tokenizerNames[id] }))}
            onChange={setChosen}
          />
        </div>
        <Chips counts={counts[chosen]} name={tokenizerNames[chosen]} />
      </Card>
    </Stack>
  );
  return (
    <View
      question="How many tokens is this prompt, and how many of them does it need?"
      sub="Counted by each model’s own tokenizer. A shorter prompt is worth something only while the answers stay right: that is what the sweet spot measures."
    >
      <Tabs label="Question" value={tab} tabs={tabs} onChange={setTab}>
        {tab === "sweet-spot" ? <SweetSpot /> : counting}
      </Tabs>
    </View>
  );
}

function TokenKpi({ id, counts, counted }: { id: TokenizerId; counts: Counts; counted: CountedTexts }) {
  const modelId = useEngine(({ load }) => (load.type === "ready" ? load.model.id : null));
  const last = counted.afterStep(counted.steps.length - 1);
  const before = numTokens(counts, counted.texts, counted.whole);
  const after = numTokens(counts, counted.texts, last);
  const ratios = ratiosOf(textSize(counted.texts[last] ?? ""), after);
  const known = before !== null && after !== null;
  return (
    <Kpi
      label={id === "model" && modelId !== null ? modelId : tokenizerNames[id]}
      value={formatNumber(after, 6)}
      unit="tokens"
      delta={
        known && before !== after
          ? { text: formatChange(before, after), verdict: after < before ? "better" : "worse" }
          : undefined
      }
      note={
        known
          ? `of ${formatNumber(before, 6)} · ${formatNumber(ratios.charactersPerToken)} characters a token`
          : explain(counts)
      }
      formula="tokens of the prompt after compression"
    />
  );
}

function explain(counts: Counts): string {
  switch (counts.state) {
    case "absent":
      return "no model is loaded";
    case "failed":
      return counts.message;
    case "loading":
    case "ready":
      return "counting";
  }
}

function Chips({ counts, name }: { counts: Counts; name: string }) {
  const tokens = counts.state === "ready" ? counts.tokens.at(-1) : undefined;
  if (tokens === undefined) return <p className={styles["note"]}>{explain(counts)}</p>;
  return <TokenChips caption={`Tokens of ${name}`} ids={tokens.ids} pieces={tokens.pieces} />;
}
