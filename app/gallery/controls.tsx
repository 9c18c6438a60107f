import { Play, Settings2 } from "lucide-react";
import { useState } from "react";

import type { Field } from "../lab/field.ts";
import { Button } from "../ui/Button.tsx";
import { CopyButton } from "../ui/CopyButton.tsx";
import {
  CommitField,
  FieldGrid,
  NumberField,
  Select,
  Slider,
  Switch,
  TextArea,
  TextField,
} from "../ui/Fields.tsx";
import { FileDrop } from "../ui/FileDrop.tsx";
import { Row } from "../ui/layout.tsx";
import { RunButton } from "../ui/RunButton.tsx";
import { SpecForm } from "../ui/SpecForm.tsx";
import { Tabs } from "../ui/Tabs.tsx";
import type { Story } from "./story.ts";

const nothing = () => undefined;

/** One field of each kind. */
export const allFields: readonly Field[] = [
  {
    name: "requests",
    title: "Requests",
    help: "How many are sent.",
    unit: null,
    flag: "requests",
    isAdvanced: false,
    fallback: 8,
    nullText: null,
    input: { type: "number", isWhole: true, min: 1, max: 200 },
  },
  {
    name: "perMinute",
    title: "Requests a minute",
    help: "The limit that is played.",
    unit: null,
    flag: "per-minute",
    isAdvanced: false,
    fallback: null,
    nullText: "no limit",
    input: { type: "number", isWhole: true, min: 1, max: null },
  },
  {
    name: "arrivals",
    title: "Arrivals",
    help: "When requests come.",
    unit: null,
    flag: "arrivals",
    isAdvanced: false,
    fallback: "burst",
    nullText: null,
    input: {
      type: "choice",
      choices: [
        { value: "burst", label: "All at once" },
        { value: "poisson", label: "By chance" },
      ],
    },
  },
  {
    name: "levels",
    title: "At once",
    help: "Points of the sweep.",
    unit: "requests",
    flag: "levels",
    isAdvanced: false,
    fallback: [1, 2, 4],
    nullText: null,
    input: {
      type: "list",
      item: { type: "number", isWhole: true, min: 1, max: 64 },
      min: 1,
      max: null,
    },
  },
  {
    name: "plans",
    title: "Plans",
    help: "Which of them answer.",
    unit: null,
    flag: "plans",
    isAdvanced: false,
    fallback: ["naive"],
    nullText: null,
    input: {
      type: "list",
      item: {
        type: "choice",
        choices: [
          { value: "naive", label: "Naive chain" },
          { value: "structured", label: "Structured" },
        ],
      },
      min: 2,
      max: null,
    },
  },
  {
    name: "cold",
    title: "Empty cache each time",
    help: "Each row finds no prefix of the one before.",
    unit: null,
    flag: "cold",
    isAdvanced: false,
    fallback: true,
    nullText: null,
    input: { type: "switch" },
  },
  {
    name: "prompt",
    title: "Prompt",
    help: "Sent as it stands.",
    unit: null,
    flag: "prompt",
    isAdvanced: true,
    fallback: "",
    nullText: null,
    input: { type: "text", isLong: true },
  },
];

function LiveForm({ problems = {} }: { problems?: Readonly<Record<string, string>> }) {
  const [values, setValues] = useState<Readonly<Record<string, unknown>>>({});
  return (
    <SpecForm
      label="Options"
      fields={allFields}
      values={values}
      problems={problems}
      onChange={(change) => setValues({ ...values, ...change })}
    />
  );
}

function LiveTabs() {
  const [value, setValue] = useState<"figures" | "rows">("figures");
  return (
    <Tabs
      label="Detail"
      value={value}
      tabs={[
        { value: "figures", label: "Figures" },
        { value: "rows", label: "Rows" },
      ]}
      onChange={setValue}
    >
      <p>{value === "figures" ? "What was measured." : "Row by row."}</p>
    </Tabs>
  );
}

export const controlStories: readonly Story[] = [
  {
    part: "Button",
    state: "variants, sizes, disabled",
    render: () => (
      <Row>
        <Button variant="primary" size="large">
          Primary
        </Button>
        <Button icon={<Settings2 aria-hidden />}>Secondary</Button>
        <Button variant="ghost">Ghost</Button>
        <Button variant="danger">Danger</Button>
        <Button size="small">Small</Button>
        <Button disabled>Disabled</Button>
        <CopyButton text={() => "copied"} />
      </Row>
    ),
  },
  {
    part: "RunButton",
    state: "idle, disabled, running",
    render: () => (
      <Row>
        <RunButton
          running={false}
          label="Run the comparison"
          icon={<Play aria-hidden />}
          onRun={nothing}
          onCancel={nothing}
        />
        <RunButton running={false} label="Run again" disabled onRun={nothing} onCancel={nothing} />
        <RunButton running label="Run again" onRun={nothing} onCancel={nothing} />
        <RunButton
          running
          label="Measure"
          size="small"
          variant="secondary"
          onRun={nothing}
          onCancel={nothing}
        />
      </Row>
    ),
  },
  {
    part: "Fields",
    state: "each kind",
    render: () => (
      <FieldGrid>
        <NumberField label="Rows" value={5} min={1} max={20} onChange={nothing} />
        <Slider label="Temperature" value={0.5} min={0} max={2} step={0.1} onChange={nothing} />
        <TextField label="Name" value="" placeholder="a name" onChange={nothing} />
        <CommitField label="Max tokens" value="24" onCommit={nothing} />
        <Select
          label="Order"
          value="first"
          options={[
            { value: "first", label: "First come" },
            { value: "prefix", label: "Longest prefix" },
          ]}
          onChange={nothing}
        />
        <Switch label="Prefix cache" checked onChange={nothing} />
        <Switch label="Chunked prefill" checked={false} onChange={nothing} />
      </FieldGrid>
    ),
  },
  {
    part: "Fields",
    state: "refused",
    render: () => (
      <FieldGrid>
        <TextField
          label="Address"
          value="nowhere"
          problem="An address begins with https://."
          onChange={nothing}
        />
        <TextArea label="Schema" value="{" problem="A brace is missing." onChange={nothing} />
      </FieldGrid>
    ),
  },
  { part: "SpecForm", state: "each kind of option", render: () => <LiveForm /> },
  {
    part: "SpecForm",
    state: "refused",
    render: () => (
      <LiveForm
        problems={{
          requests: "Requests: use a whole number from 1 to 200.",
          plans: "Plans: choose at least 2.",
          prompt: "Prompt: it is empty.",
        }}
      />
    ),
  },
  { part: "Tabs", state: "two", render: () => <LiveTabs /> },
  {
    part: "FileDrop",
    state: "empty",
    render: () => (
      <FileDrop label="Drop a CSV file of rows" accept=".csv" onFile={nothing}>
        Up to 1,000 rows; nothing leaves this tab.
      </FileDrop>
    ),
  },
];
