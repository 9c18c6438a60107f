import { Button } from "../ui/Button.tsx";
import { DataTable } from "../ui/DataTable.tsx";
import { EmptyState } from "../ui/EmptyState.tsx";
import { ErrorNotice } from "../ui/ErrorNotice.tsx";
import { Kpi, KpiRow } from "../ui/Kpi.tsx";
import { Fold, Grid, Note, Row } from "../ui/layout.tsx";
import { Pill } from "../ui/Pill.tsx";
import { Progress } from "../ui/Progress.tsx";
import { RunProgress } from "../ui/RunProgress.tsx";
import { Tag } from "../ui/Tag.tsx";
import { Formula } from "../ui/Tooltip.tsx";
import type { Story } from "./story.ts";

const rows = [
  { id: "ttft", name: "TTFT", from: "83 ms", to: "76 ms" },
  { id: "e2e", name: "End to end", from: "1,734 ms", to: "461 ms" },
];

export const feedbackStories: readonly Story[] = [
  {
    part: "RunProgress",
    state: "warming up, on its way, done",
    render: () => (
      <Grid least={260}>
        <RunProgress label="Runs" done={0} total={0} />
        <RunProgress label="Answers" done={12} total={40} text="12 of 40 answers, 1 failed" />
        <RunProgress label="Requests" done={8} total={8} />
      </Grid>
    ),
  },
  {
    part: "Progress",
    state: "a load",
    render: () => (
      <Progress
        label="scope-2m-q4f16_1"
        progress={{
          stage: "download",
          loadedBytes: 4.2e8,
          totalBytes: 1.1e9,
          bytesPerSecond: 1.2e7,
          file: "params_shard_3.bin",
        }}
        onCancel={() => undefined}
        onPause={() => undefined}
      />
    ),
  },
  {
    part: "ErrorNotice",
    state: "error and warning",
    render: () => (
      <Grid least={320}>
        <ErrorNotice
          error={{
            kind: "network",
            message: "The server was not reached.",
            hint: "Look at the address.",
            details: { url: "https://example.org/model" },
          }}
          actions={<Button size="small">Try again</Button>}
        />
        <ErrorNotice
          tone="warning"
          error={{ kind: "no-adapter", message: "No GPU here: the browser offers no adapter." }}
        />
      </Grid>
    ),
  },
  {
    part: "EmptyState",
    state: "with one thing to do",
    render: () => (
      <EmptyState title="Nothing measured yet" action={<Button variant="primary">Run it</Button>}>
        The same rows through both plans, every token timed.
      </EmptyState>
    ),
  },
  {
    part: "Kpi",
    state: "better, worse, not told apart, without bars",
    render: () => (
      <KpiRow>
        <Kpi
          label="End to end, median"
          value="461"
          unit="ms"
          delta={{ text: "−73%", verdict: "better" }}
          note="from 1,734 ms, n = 5"
          bars={{
            from: { label: "Naive chain", value: 1734, text: "1,734 ms" },
            to: { label: "Structured", value: 461, text: "461 ms" },
          }}
        />
        <Kpi
          label="TTFT, median"
          value="412"
          unit="ms"
          delta={{ text: "+9%", verdict: "worse" }}
          formula="first token − submit"
          bars={{
            from: { label: "A plan with a rather long name", value: 380, text: "380 ms" },
            to: { label: "Structured", value: 412, text: "412 ms" },
          }}
        />
        <Kpi label="Parsed" value="5 / 5" delta={{ text: "±0 points", verdict: "same" }} />
        <Kpi label="Calls per row" value="1" note="from 3" />
      </KpiRow>
    ),
  },
  {
    part: "Tag and Pill",
    state: "tones",
    render: () => (
      <Row>
        <Tag>plain</Tag>
        <Tag tone="good">right</Tag>
        <Tag tone="bad">wrong</Tag>
        <Tag tone="warn">recorded run</Tag>
        <Tag tone="cached">16 cached</Tag>
        <Pill dot="good" value="scope-2m" />
        <Pill dot="busy" value="scope-2m" note="loading 40%" />
        <Pill dot="bad" value="scope-2m" note="failed" />
        <Pill label="clock" value="5 µs" />
      </Row>
    ),
  },
  {
    part: "Note and Fold",
    state: "tones",
    render: () => (
      <>
        <Note>What one should know.</Note>
        <Note tone="problem">What is wrong.</Note>
        <Note tone="good">What is right.</Note>
        <Note tone="warn">What to mind.</Note>
        <Fold summary="Every figure">There it is.</Fold>
        <Fold summary="Opened" open>
          <Formula name="TTFT" formula="first token − submit" />
        </Fold>
      </>
    ),
  },
  {
    part: "DataTable",
    state: "wider than a phone",
    render: () => (
      <DataTable
        caption="Figures"
        columns={[
          { key: "name", header: "figure", cell: ({ name }) => name },
          { key: "from", header: "from", align: "right", cell: ({ from }) => from },
          {
            key: "to",
            header: "to",
            align: "right",
            formula: "last token − submit",
            cell: ({ to }) => to,
          },
        ]}
        rows={rows}
        rowKey={({ id }) => id}
      />
    ),
  },
];
