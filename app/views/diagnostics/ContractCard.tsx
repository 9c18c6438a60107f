import { useEffect, useRef, useState } from "react";

import {
  serializeError,
  type CheckResult,
  type ContractEvent,
  type ContractRun,
  type SerializedError,
} from "../../../protocol/index.ts";
import { useEngine, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { download } from "../../ui/download.ts";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FieldGrid, Select, TextField } from "../../ui/Fields.tsx";
import { Progress } from "../../ui/Progress.tsx";
import { RunProgress } from "../../ui/RunProgress.tsx";
import { ContractTable } from "./ContractTable.tsx";
import { contractVerdict, subjectOptions, type SubjectKind } from "./contract.ts";
import styles from "./ContractCard.module.css";

interface Going {
  readonly name: string;
  readonly done: number;
  readonly total: number;
  readonly load: Extract<ContractEvent, { type: "load" }>["progress"] | null;
}

const starting: Going = { name: "starting", done: 0, total: 0, load: null };

/** Runs what every engine must do on this device, with a model of one's choice. */
export function ContractCard() {
  const { inferscope } = useServices();
  const model = useEngine(({ load }) => (load.type === "ready" ? load.model : null));
  const [picked, setPicked] = useState<SubjectKind | null>(null);
  const kind = picked ?? (model === null ? "embedded" : "loaded");
  const [fields, setFields] = useState({ id: "SmolLM2-360M-Instruct-q4f32_1-MLC", url: "", modelLib: "" });
  const [going, setGoing] = useState<Going | null>(null);
  const [checks, setChecks] = useState<readonly CheckResult[]>([]);
  const [report, setReport] = useState<ContractRun | null>(null);
  const [error, setError] = useState<SerializedError | null>(null);
  const controller = useRef<AbortController | null>(null);
  // A run that nobody can see or cancel any more is not gone on with.
  useEffect(() => () => controller.current?.abort(), []);

  const run = async () => {
    const own = new AbortController();
    controller.current = own;
    setChecks([]);
    setReport(null);
    setError(null);
    setGoing(starting);
    const onEvent = (event: ContractEvent) => {
      if (event.type === "check") setGoing({ ...event, load: null });
      if (event.type === "load") setGoing((now) => now && { ...now, load: event.progress });
      if (event.type === "result") setChecks((before) => [...before, event.result]);
    };
    try {
      const options = { ...subjectOptions(kind, fields), signal: own.signal, onEvent };
      setReport((await inferscope.run("contract", options)) as ContractRun);
    } catch (reason) {
      const failure = serializeError(reason);
      if (failure.kind !== "aborted") setError(failure);
    } finally {
      setGoing(null);
    }
  };
  const choices = [
    ...(model === null ? [] : [{ value: "loaded", label: `${model.id}, as loaded` } as const]),
    { value: "embedded", label: "Inferscope, embedded model" },
    { value: "web-llm-id", label: "WebLLM, a model of its list" },
    { value: "web-llm-url", label: "WebLLM, from an address" },
  ] as const;
  const text = (name: keyof typeof fields, label: string, placeholder: string) => (
    <TextField
      label={label}
      value={fields[name]}
      placeholder={placeholder}
      onChange={(value) => setFields({ ...fields, [name]: value })}
    />
  );
  return (
    <Card title="Contract" tag="the same checks for every engine">
      <p className={styles["note"]}>
        Loads the model anew and checks what every engine must do: streaming, times, counts, stop strings,
        cached tokens, schemas, aborts, the queue, unloading. What an engine says that it lacks is skipped.
        The loaded model makes room for the run and is loaded again after it.
      </p>
      <FieldGrid>
        <Select<SubjectKind> label="Engine and model" value={kind} options={choices} onChange={setPicked} />
        {kind === "web-llm-id" && text("id", "Id in WebLLM's list", "Llama-3.2-1B-Instruct-q4f32_1-MLC")}
        {kind === "web-llm-url" && text("url", "Model address", "https://host/path/to/model/")}
        {kind === "web-llm-url" && text("modelLib", "Library address", "https://host/path/to/model.wasm")}
      </FieldGrid>
      <div className={styles["actions"]}>
        <Button variant="primary" disabled={going !== null} onClick={() => void run()}>
          Run the contract
        </Button>
        {going !== null && <Button onClick={() => controller.current?.abort()}>Cancel</Button>}
        {report !== null && (
          <Button
            onClick={() => download("contract.json", "application/json", JSON.stringify(report, null, 1))}
          >
            Export JSON
          </Button>
        )}
      </div>
      {going !== null && (
        <>
          <RunProgress label="Checks" done={going.done} total={going.total} text={going.name} />
          {going.load !== null && <Progress label="Loading the model" progress={going.load} />}
        </>
      )}
      {error !== null && <ErrorNotice error={error} meaning="The contract was not run to its end." />}
      {report !== null && (
        <p role="status">
          <b>{contractVerdict(report)}</b>
        </p>
      )}
      {checks.length > 0 && <ContractTable checks={checks} />}
    </Card>
  );
}
