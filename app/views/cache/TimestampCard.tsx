import { useStore } from "zustand";

import { BlockStrip } from "../../charts/BlockStrip.tsx";
import type { ReportOf } from "../../lab/experiments/index.ts";
import { breakText, promptBlocks } from "../../lab/prompt/blocks.ts";
import { placeText } from "../../lab/prompt/sections.ts";
import type { CacheStore } from "../../store/cache-store.ts";
import { useRun, useRuns, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { CancelledNote } from "../../ui/CancelledNote.tsx";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FieldGrid, NumberField, Select } from "../../ui/Fields.tsx";
import { Kpi, KpiRow } from "../../ui/Kpi.tsx";
import { RunProgress } from "../../ui/RunProgress.tsx";
import { Tag } from "../../ui/Tag.tsx";
import styles from "./cache.module.css";
import { ttftCost } from "./derive.ts";

/** The cost of a timestamp at a chosen place, measured without and with it. */
export function TimestampCard({ session: { store } }: { session: CacheStore }) {
  const { runs } = useServices();
  const sections = useStore(store, (state) => state.sections);
  const position = useStore(store, (state) => state.position);
  const repeats = useStore(store, (state) => state.repeats);
  const isSending = useStore(store, (state) => state.isSending);
  const isBusy = useRuns(({ active }) => active !== null);
  const { running, shown, wasCancelled, error } = useRun("timestamp");
  const positions = Array.from({ length: sections.length + 1 }, (_, place) => ({
    value: String(place),
    label: placeText(sections, place),
  }));
  return (
    <Card
      title="What does a timestamp cost?"
      actions={
        running !== null ? (
          <Button variant="danger" onClick={runs.cancel}>
            Cancel
          </Button>
        ) : (
          <Button
            disabled={isSending || isBusy}
            onClick={() => runs.start("timestamp", { sections: [...sections], position, repeats })}
          >
            Insert a timestamp and measure
          </Button>
        )
      }
    >
      <FieldGrid>
        <Select
          label="Where"
          value={String(position)}
          options={positions}
          onChange={(value) => store.setState({ position: Number(value) })}
        />
        <NumberField
          label="Repeats"
          help="Pairs of measured requests, without and with the timestamp, in turn"
          value={repeats}
          min={2}
          max={50}
          onChange={(next) => store.setState({ repeats: next })}
        />
      </FieldGrid>
      {running !== null && (
        <RunProgress
          label="Measured requests"
          done={running.progress?.done ?? 0}
          total={running.progress?.total ?? 0}
          text={`${running.progress?.done ?? 0} of ${running.progress?.total ?? 2 * repeats} measured`}
        />
      )}
      {error !== null && <ErrorNotice error={error} />}
      {wasCancelled && <CancelledNote />}
      {shown === null ? (
        <p className={styles["note"]}>
          Every measured request starts from a cache that holds one earlier request of its kind: another
          record, an earlier time. The pairs run in turn, and the cache is emptied before each.
        </p>
      ) : (
        <Result report={shown.report} />
      )}
    </Card>
  );
}

function Result({ report: { summary, last, settings, policy, aborted } }: { report: ReportOf<"timestamp"> }) {
  const { cachedWithout, cachedWith, promptTokens } = summary;
  const { blockSize } = policy;
  const cost = ttftCost(summary);
  const numBlocks = Math.ceil(last.prompt.tokenIds.length / blockSize);
  return (
    <>
      {aborted && <Tag tone="warn">cancelled, what was done is shown</Tag>}
      <KpiRow>
        <Kpi label="Cached tokens before" value={cachedWithout} note="without the timestamp" />
        <Kpi
          label="Cached tokens after"
          value={cachedWith}
          note={`of ${promptTokens}, timestamp ${settings.where}`}
        />
        <Kpi
          label="Broke at block"
          value={last.cacheBreak.type === "complete" ? "none" : last.cacheBreak.block + 1}
          note={`of ${numBlocks}, ${blockSize} tokens each`}
        />
        <Kpi
          label="TTFT cost"
          value={cost.value}
          note={cost.note}
          formula="median TTFT with − median TTFT without; interval: bootstrap over the pairs"
        />
      </KpiRow>
      <p className={styles["why"]}>{breakText(last.cacheBreak)}</p>
      <BlockStrip
        title="Last request with it"
        caption="Blocks of the prompt with a timestamp"
        blocks={promptBlocks(last.prompt, last.numCachedTokens, blockSize)}
        brokeAt={last.cacheBreak.type === "complete" ? null : last.cacheBreak.block}
      />
    </>
  );
}
