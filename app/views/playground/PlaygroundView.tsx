import { useEffect } from "react";

import { usePlayground, useEngine, useServices, useSettings } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Progress } from "../../ui/Progress.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import { Composer } from "./Composer.tsx";
import { samplingSummary } from "./derive.ts";
import { ExamplePicker } from "./ExamplePicker.tsx";
import { Figures } from "./Figures.tsx";
import styles from "./PlaygroundView.module.css";
import { SamplingPanel } from "./SamplingPanel.tsx";
import { StructuredPanel } from "./StructuredPanel.tsx";
import { TurnView } from "./TurnView.tsx";

const tabs = [
  { value: "chat", label: "Chat" },
  { value: "raw", label: "Raw completion" },
] as const;

export function PlaygroundView() {
  const { playground, engine } = useServices();
  const load = useEngine((state) => state.load);
  const mode = usePlayground((state) => state.mode);
  const turns = usePlayground((state) => state.turns[state.mode]);
  const structured = usePlayground((state) => state.structured.type);
  const sampling = useSettings((settings) => settings.sampling);
  const last = turns.at(-1);
  const busy = turns.some(({ state, proof }) => state === "running" || proof?.state === "running");

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") playground.actions.stop();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [playground]);

  return (
    <>
      <ViewHeader
        question="What does each token of an answer cost?"
        sub="Every output token is coloured by the time it took; prompt tokens that came from the prefix cache are marked."
        actions={
          turns.length > 0 && (
            <Button onClick={() => playground.actions.clear()}>
              {mode === "chat" ? "New conversation" : "Clear"}
            </Button>
          )
        }
      />
      {load.type === "loading" && (
        <Card>
          <Progress
            label={load.label}
            progress={load.progress}
            onCancel={() => engine.actions.cancelLoad()}
          />
        </Card>
      )}
      <div className={styles["columns"]}>
        <div className={styles["side"]}>
          <Card className={styles["talk"]}>
            <Tabs
              label="Kind of prompt"
              value={mode}
              tabs={tabs}
              onChange={(next) => playground.store.setState({ mode: next })}
            >
              {turns.length === 0 ? (
                <ExamplePicker />
              ) : (
                turns.map((turn) => (
                  <TurnView key={turn.key} turn={turn} isLast={turn === last} busy={busy} />
                ))
              )}
              <Composer busy={busy} />
            </Tabs>
          </Card>
          <Figures turn={last ?? null} />
        </div>
        <div className={styles["side"]}>
          <Card title="Sampling" tag={samplingSummary(sampling)}>
            <SamplingPanel />
          </Card>
          <Card title="Structured output" tag={structured === "text" ? "off" : "on"}>
            <StructuredPanel />
          </Card>
          {load.type === "ready" && load.model.runner === "cpu" && (
            <p className={styles["note"]}>
              <Tag tone="warn">CPU</Tag> Times are the CPU runner&rsquo;s, not a GPU&rsquo;s.
            </p>
          )}
          {load.type === "ready" && load.model.server !== undefined && (
            <p className={styles["note"]}>
              <Tag>Server</Tag> {load.model.server} batches and caches as it does. Each piece of text is timed
              as it comes and may hold several tokens; tokens are counted by the server, and what it does not
              tell is unknown. The network is part of every time. Prove it needs the Inferscope engine.
            </p>
          )}
          {load.type === "ready" && load.model.backend === "web-llm" && (
            <p className={styles["note"]}>
              <Tag>WebLLM</Tag> One request at a time, others wait in its queue. Each piece of text is timed
              as it comes, most often one token; the prompt&rsquo;s tokens are not told. Prove it, top-k and
              several samples need the Inferscope engine.
            </p>
          )}
        </div>
      </div>
    </>
  );
}
