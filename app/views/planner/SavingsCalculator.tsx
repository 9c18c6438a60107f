import {
  cacheableTokens,
  presetProblem,
  providerPresets,
  type ProviderPreset,
} from "../../lab/pricing/providers.ts";
import {
  breakEvenHitRate,
  formatDollars,
  savings,
  savingsProblem,
  type SavingsInput,
} from "../../lab/pricing/savings.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { FieldGrid, NumberField, Select } from "../../ui/Fields.tsx";
import { formatNumber } from "../../lab/format.ts";
import { Kpi, KpiRow } from "../../ui/Kpi.tsx";
import { Tag } from "../../ui/Tag.tsx";
import styles from "./planner.module.css";

export interface Traffic {
  readonly requestsPerDay: number;
  readonly prefixTokens: number;
  /** 0 to 100. */
  readonly hitPercent: number;
}

interface SavingsCalculatorProps {
  preset: ProviderPreset;
  traffic: Traffic;
  onPreset: (preset: ProviderPreset) => void;
  onTraffic: (traffic: Traffic) => void;
}

/** Requests a day, a prefix, a hit rate and prices give costs and savings: arithmetic, and called so. */
export function SavingsCalculator({ preset, traffic, onPreset, onTraffic }: SavingsCalculatorProps) {
  const input: SavingsInput = {
    requestsPerDay: traffic.requestsPerDay,
    prefixTokens: traffic.prefixTokens,
    cachedTokens: cacheableTokens(traffic.prefixTokens, preset),
    hitRate: traffic.hitPercent / 100,
    inputPerMillion: preset.inputPerMillion,
    cacheReadPerMillion: preset.cacheReadPerMillion,
    cacheWritePerMillion: preset.cacheWritePerMillion,
  };
  const problem = savingsProblem(input) ?? presetProblem(preset);
  const original = providerPresets.find(({ id }) => id === preset.id);
  const edited = original !== preset;
  return (
    <Card title="Savings calculator" tag="arithmetic, not measured">
      <FieldGrid>
        <NumberField
          label="Requests a day"
          value={traffic.requestsPerDay}
          min={0}
          max={1e10}
          onChange={(requestsPerDay) => onTraffic({ ...traffic, requestsPerDay })}
        />
        <NumberField
          label="Prefix tokens"
          help="The part in front that all requests share."
          value={traffic.prefixTokens}
          min={0}
          max={1e7}
          onChange={(prefixTokens) => onTraffic({ ...traffic, prefixTokens })}
        />
        <NumberField
          label="Hit rate, %"
          help="Requests that find the prefix cached, of all."
          value={traffic.hitPercent}
          min={0}
          max={100}
          step={0.1}
          onChange={(hitPercent) => onTraffic({ ...traffic, hitPercent })}
        />
        <Select
          label="Provider"
          value={preset.id}
          options={providerPresets.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(id) => onPreset(providerPresets.find((candidate) => candidate.id === id) ?? preset)}
        />
      </FieldGrid>
      <PresetFields preset={preset} onPreset={onPreset} />
      {problem === null ? (
        <Result input={input} preset={preset} />
      ) : (
        <p className={styles["problem"]}>{problem}</p>
      )}
      <p className={styles["note"]}>
        {edited ? (
          <>
            <Tag tone="warn">edited</Tag>{" "}
            <Button size="small" variant="ghost" onClick={() => onPreset(original ?? providerPresets[0])}>
              Back to the preset
            </Button>{" "}
          </>
        ) : (
          <Tag>as of {preset.asOf}</Tag>
        )}{" "}
        {preset.note} Sources, {preset.asOf}: {preset.sources.join("; ")}.
      </p>
    </Card>
  );
}

type NumberKey =
  "inputPerMillion" | "cacheReadPerMillion" | "cacheWritePerMillion" | "minTokens" | "granularity";

const fields: readonly {
  readonly key: NumberKey;
  readonly label: string;
  readonly step: number;
  readonly min: number;
}[] = [
  { key: "inputPerMillion", label: "Input, $ a million", step: 0.001, min: 0 },
  { key: "cacheReadPerMillion", label: "Cache read, $ a million", step: 0.001, min: 0 },
  { key: "cacheWritePerMillion", label: "Cache write, $ a million", step: 0.001, min: 0 },
  { key: "minTokens", label: "Shortest prefix, tokens", step: 1, min: 0 },
  { key: "granularity", label: "In steps of, tokens", step: 1, min: 1 },
];

function PresetFields({ preset, onPreset }: Pick<SavingsCalculatorProps, "preset" | "onPreset">) {
  return (
    <FieldGrid>
      {fields.map(({ key, label, step, min }) => (
        <NumberField
          key={key}
          label={label}
          value={preset[key]}
          min={min}
          max={1e6}
          step={step}
          onChange={(value) => onPreset({ ...preset, [key]: value })}
        />
      ))}
      <NumberField
        label="Kept, seconds"
        help="After the last use; 0 means no limit."
        value={preset.ttlSeconds ?? 0}
        min={0}
        max={1e7}
        onChange={(seconds) => onPreset({ ...preset, ttlSeconds: seconds === 0 ? null : seconds })}
      />
    </FieldGrid>
  );
}

function Result({ input, preset }: { input: SavingsInput; preset: ProviderPreset }) {
  const { costWithout, costWith, savedPerDay, savedPerMonth } = savings(input);
  const breakEven = breakEvenHitRate(input);
  const count = (tokens: number): string => tokens.toLocaleString("en-US");
  return (
    <>
      <KpiRow>
        <Kpi
          label="Without a cache"
          value={formatDollars(costWithout)}
          unit="a day"
          formula="requests · prefix tokens · input price"
        />
        <Kpi
          label="With the cache"
          value={formatDollars(costWith)}
          unit="a day"
          formula="requests · cached part of the prefix · (hit rate · read price + (1 − hit rate) · write price) + requests · the rest · input price"
        />
        <Kpi label="Saved a day" value={formatDollars(savedPerDay)} formula="without − with" />
        <Kpi
          label="Saved a month"
          value={formatDollars(savedPerMonth)}
          note="30 days"
          formula="30 · saved a day"
        />
      </KpiRow>
      {input.cachedTokens === 0 && input.prefixTokens > 0 && (
        <p className={styles["problem"]}>
          {preset.name} caches no prefix under {count(preset.minTokens)} tokens: with{" "}
          {count(input.prefixTokens)} nothing is saved.
        </p>
      )}
      {input.cachedTokens > 0 && input.cachedTokens < input.prefixTokens && (
        <p className={styles["note"]}>
          Cached in steps of {count(preset.granularity)}: {count(input.cachedTokens)} of{" "}
          {count(input.prefixTokens)} tokens.
        </p>
      )}
      {input.cachedTokens > 0 && breakEven !== null && breakEven > 0 && (
        <p className={styles["note"]}>
          A write costs more than plain input here: caching pays from a hit rate of{" "}
          {formatNumber(breakEven * 100)}%.
        </p>
      )}
    </>
  );
}
