import { useState } from "react";

import { CallWaterfall } from "../../charts/CallWaterfall.tsx";
import { Legend } from "../../charts/Legend.tsx";
import type { LiveCall } from "../../lab/experiments/compare/live.ts";
import type { CompareReport } from "../../lab/experiments/compare/report.ts";
import { Card } from "../../ui/Card.tsx";
import { Grid } from "../../ui/layout.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { asLive, latestEnd, sampleOf, waterfallRows, type Pair } from "./derive.ts";
import { Answers, Differences, PlanTable } from "./Results.tsx";

interface DetailProps {
  report: CompareReport;
  pair: Pair;
  row: number;
  onOpen: (call: LiveCall) => void;
}

const tabs = [
  { value: "why", label: "Where the time goes" },
  { value: "calls", label: "Each call over time" },
  { value: "answers", label: "Are the answers right?" },
  { value: "figures", label: "Every figure" },
] as const;

/** What stands behind the answer, a question at a time. */
export function Detail({ report, pair, row, onOpen }: DetailProps) {
  const [tab, setTab] = useState<(typeof tabs)[number]["value"]>("why");
  return (
    <Tabs label="What stands behind it" value={tab} tabs={tabs} onChange={setTab}>
      {tab === "why" && <Differences report={report} pair={pair} />}
      {tab === "calls" && <Calls report={report} pair={pair} row={row} onOpen={onOpen} />}
      {tab === "answers" && <Answers report={report} pair={pair} row={row} />}
      {tab === "figures" && <PlanTable report={report} />}
    </Tabs>
  );
}

/** Each call of the row over time, on one axis. */
function Calls({ report, pair, row, onOpen }: DetailProps) {
  const sides = [pair.from, pair.to].flatMap((plan) => {
    const sample = sampleOf(report, plan.plan, row);
    return sample === null ? [] : [{ plan, sample: asLive(sample) }];
  });
  const maxMs = latestEnd(sides.map(({ sample }) => sample));
  return (
    <Card title="Each call over time" tag={report.rows[row]?.label}>
      <Grid least={360} top>
        {sides.map(({ plan, sample }) => (
          <CallWaterfall
            key={plan.plan}
            title={plan.title}
            caption={`${plan.title}: calls over time`}
            rows={waterfallRows(sample)}
            maxMs={maxMs}
            onSelect={(id) => {
              const call = sample.calls.find(({ callId }) => callId === id);
              if (call !== undefined) onOpen(call);
            }}
          />
        ))}
      </Grid>
      <Legend />
    </Card>
  );
}
