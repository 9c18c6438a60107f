import { useStore } from "zustand";

import { BlockStrip } from "../../charts/BlockStrip.tsx";
import { breakText, promptBlocks } from "../../lab/cache/blocks.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { FieldGrid, NumberField, Select } from "../../ui/Fields.tsx";
import { Kpi, KpiRow } from "../../ui/Kpi.tsx";
import styles from "./cache.module.css";
import { ttftCost } from "./derive.ts";
import { positionName, type CacheSession, type CacheState } from "./session.ts";

/** The cost of a timestamp at a chosen place, measured without and with it. */
export function TimestampCard({ session: { store, actions } }: { session: CacheSession }) {
  const sections = useStore(store, (state) => state.sections);
  const position = useStore(store, (state) => state.position);
  const repeats = useStore(store, (state) => state.repeats);
  const activity = useStore(store, (state) => state.activity);
  const result = useStore(store, (state) => state.timestamp);
  const positions = Array.from({ length: sections.length + 1 }, (_, place) => ({
    value: String(place),
    label: positionName(sections, place),
  }));
  return (
    <Card
      title="What does a timestamp cost?"
      actions={
        activity?.kind === "timestamp" ? (
          <Button variant="danger" onClick={() => actions.cancel()}>
            Cancel
          </Button>
        ) : (
          <Button disabled={activity !== null} onClick={() => void actions.measureTimestamp()}>
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
      {activity?.kind === "timestamp" && <Progress done={activity.done} total={activity.total} />}
      {result === null ? (
        <p className={styles["note"]}>
          Every measured request starts from a cache that holds one earlier request of its kind: another
          record, an earlier time. The pairs run in turn, and the cache is emptied before each.
        </p>
      ) : (
        <Result result={result} />
      )}
    </Card>
  );
}

function Progress({ done, total }: { done: number; total: number }) {
  return (
    <div className={styles["progress"]}>
      <progress aria-label="Measured requests" value={done} max={total} />
      {done} of {total} measured
    </div>
  );
}

function Result({ result }: { result: NonNullable<CacheState["timestamp"]> }) {
  const { last, cachedWithout, cachedWith, position, blockSize } = result;
  const cost = ttftCost(result);
  const numBlocks = Math.ceil(last.prompt.tokenIds.length / blockSize);
  return (
    <>
      <KpiRow>
        <Kpi label="Cached tokens before" value={cachedWithout} note="without the timestamp" />
        <Kpi
          label="Cached tokens after"
          value={cachedWith}
          note={`of ${last.numPromptTokens}, timestamp ${position}`}
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
