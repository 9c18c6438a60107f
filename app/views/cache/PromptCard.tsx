import { useState } from "react";
import { useStore } from "zustand";

import { metricFormulas } from "../../../protocol/index.ts";
import { BlockStrip } from "../../charts/BlockStrip.tsx";
import { breakText, explainBreak, promptBlocks, type CacheBreak } from "../../lab/prompt/blocks.ts";
import { useEngine } from "../../store/services.tsx";
import { Card } from "../../ui/Card.tsx";
import { formatMs, formatNumber } from "../../lab/format.ts";
import { Kpi } from "../../ui/Kpi.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import styles from "./cache.module.css";
import { cachePoints, identityText, overallHitPercent } from "./derive.ts";
import type { CacheStore, SentRequest } from "../../store/cache-store.ts";

const tabs = [
  { value: "last", label: "Last request, as it ran" },
  { value: "next", label: "Next request, forecast" },
] as const;

/** The prompt block by block, as it ran and as it would run now, and the figures of the requests. */
export function PromptCard({ session }: { session: CacheStore }) {
  const sent = useStore(session.store, (state) => state.sent);
  const last = sent.at(-1) ?? null;
  const [chosen, setChosen] = useState<"last" | "next">("last");
  const shown = last === null ? "next" : chosen;
  return (
    <div className={styles["stack"]}>
      <Figures session={session} last={last} />
      <Card>
        <Tabs label="Request" value={shown} tabs={last === null ? tabs.slice(1) : tabs} onChange={setChosen}>
          {shown === "last" && last !== null ? (
            <LastPrompt request={last} />
          ) : (
            <NextPrompt session={session} />
          )}
        </Tabs>
      </Card>
    </div>
  );
}

function Figures({ session, last }: { session: CacheStore; last: SentRequest | null }) {
  const points = cachePoints(useStore(session.store, (state) => state.sent));
  const kv = useStore(session.store, (state) => state.snapshot?.kv ?? null);
  const point = points.at(-1);
  const saved = points.reduce((sum, { numCachedTokens }) => sum + numCachedTokens, 0);
  const [ttft = "–", unit] = formatMs(last?.ttftMs ?? null).split(" ");
  return (
    <>
      <div className={styles["kpis"]}>
        <Kpi
          label="Cached tokens"
          value={point?.numCachedTokens ?? "–"}
          note={point === undefined ? "nothing sent yet" : `of ${point.numPromptTokens} in the last prompt`}
        />
        <Kpi
          label="TTFT"
          value={ttft}
          {...(unit === undefined ? {} : { unit })}
          note="of the last request"
          formula={metricFormulas.ttftMs}
        />
        <Kpi
          label="Hit rate"
          value={formatNumber(overallHitPercent(points))}
          {...(points.length === 0 ? {} : { unit: "%" })}
          note={`${saved} tokens saved, n = ${points.length}`}
          formula="cached prompt tokens / prompt tokens, over all requests sent here"
        />
      </div>
      {kv !== null && (
        <p className={styles["identity"]} data-testid="kv-identity">
          {identityText(kv)}
        </p>
      )}
    </>
  );
}

/** Where something ended that could have gone on; null where there was nothing to go on with. */
const brokenBlock = ({ type, block }: CacheBreak): number | null =>
  type === "differs" || type === "dropped" ? block : null;

function LastPrompt({ request }: { request: SentRequest }) {
  const { prompt, numCachedTokens, blockSize, cacheBreak, number, answer } = request;
  return (
    <>
      <BlockStrip
        title={`Request ${number}`}
        caption="Blocks of the last prompt"
        note={`${numCachedTokens} of ${prompt.tokenIds.length} tokens cached`}
        blocks={promptBlocks(prompt, numCachedTokens, blockSize)}
        brokeAt={brokenBlock(cacheBreak)}
      />
      <p className={styles["why"]}>{breakText(cacheBreak)}</p>
      {answer !== "" && (
        <p className={styles["note"]}>
          Answer, not judged here: <q>{answer.trim()}</q>
        </p>
      )}
    </>
  );
}

function NextPrompt({ session }: { session: CacheStore }) {
  const forecast = useStore(session.store, (state) => state.forecast);
  const policy = useEngine((state) => state.policy);
  const sent = useStore(session.store, (state) => state.sent);
  if (forecast === null || policy === null) {
    return (
      <p className={styles["note"]}>The prompt is empty, or the model&rsquo;s template cannot take it.</p>
    );
  }
  const { prompt, numCachedTokens } = forecast;
  const { blockSize, prefixCache } = policy;
  const earlier = sent.map((request) => request.prompt);
  const cacheBreak = explainBreak({ prompt, numCachedTokens, blockSize, prefixCache, earlier });
  return (
    <>
      <BlockStrip
        title="Forecast"
        caption="Blocks of the next prompt"
        note={`${numCachedTokens} of ${prompt.tokenIds.length} tokens cached`}
        blocks={promptBlocks(prompt, numCachedTokens, blockSize)}
        brokeAt={brokenBlock(cacheBreak)}
      />
      <p className={styles["why"]}>{breakText(cacheBreak)}</p>
    </>
  );
}
