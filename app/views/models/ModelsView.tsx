import { useState } from "react";

import type { BackendName, RunnerName } from "../../../protocol/index.ts";
import { keepOwnModels, readOwnModels } from "../../store/own-models.ts";
import { useEngine, useServices } from "../../store/services.tsx";
import { pageStorage } from "../../store/settings-store.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Grid, Stack } from "../../ui/layout.tsx";
import { Progress } from "../../ui/Progress.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import { Catalog } from "./Catalog.tsx";
import { CurrentModel } from "./CurrentModel.tsx";
import { embeddedModels } from "./derive.ts";
import { Hosts } from "./Hosts.tsx";
import { LoadFromFolder, LoadFromUrl } from "./LoadFrom.tsx";
import { OwnModels } from "./OwnModels.tsx";
import { RunnerSelect } from "./RunnerSelect.tsx";
import type { LoadModel } from "./load-model.ts";
import { Server } from "./Server.tsx";
import { Synthetic } from "./Synthetic.tsx";
import styles from "./ModelsView.module.css";
import { StoredModels } from "./StoredModels.tsx";
import { useStoredModels } from "./use-stored-models.ts";

const places = [
  { value: "here", label: "Embedded, folders, synthetic" },
  { value: "catalog", label: "Catalog" },
  { value: "server", label: "Server" },
  { value: "settings", label: "Hosts and own models" },
] as const;
type Place = (typeof places)[number]["value"];

export function ModelsView() {
  const { engine } = useServices();
  const load = useEngine((state) => state.load);
  const gpuProblem = useEngine((state) => state.gpuProblem);
  const checking = useEngine((state) => state.checking);
  const [runner, setRunner] = useState<RunnerName>(gpuProblem === null ? "gpu" : "cpu");
  const loaded = load.type === "ready" ? load.model : null;
  const loadedId = loaded?.id ?? null;
  const [place, setPlace] = useState<Place>(placeOf(loaded?.backend));
  const disabled = load.type === "loading" || checking !== null;
  const stored = useStoredModels();
  const [own, setOwn] = useState(() => readOwnModels(pageStorage()));
  const [isKept, setKept] = useState(pageStorage() !== null);
  const changeOwn = (next: typeof own) => {
    setOwn(next);
    setKept(keepOwnModels(pageStorage(), next));
  };
  const start: LoadModel = (label, source, backend = "paged", policy = {}) => {
    void engine.actions.load({
      label,
      source,
      backend,
      runner: backend === "paged" ? runner : "gpu",
      policy,
    });
  };
  return (
    <>
      <ViewHeader
        question="Which model answers, and what does it take?"
        sub="Weights are checked (MD5 of MLC manifests, SHA-256 where pinned) before a byte of them is used. A load that fails leaves nothing half-loaded; what was downloaded is kept and resumed. A server runs its own."
      />
      {checking !== null && (
        <Card>
          <Progress
            label={checking}
            progress={null}
            stage="reading its first files; the present model stays until they are checked"
            onCancel={() => engine.actions.cancelLoad()}
          />
        </Card>
      )}
      {load.type === "loading" && (
        <Card>
          <Progress
            label={load.label}
            progress={load.progress}
            onCancel={() => engine.actions.cancelLoad()}
            {...(load.progress?.stage === "download" ? { onPause: () => engine.actions.pauseLoad() } : {})}
          />
        </Card>
      )}
      {load.type === "ready" && <CurrentModel model={load.model} capabilities={load.capabilities} />}
      <StoredModels onLoad={start} disabled={disabled} stored={stored} />
      <Tabs label="Where models come from" value={place} tabs={places} onChange={setPlace}>
        {place === "here" && <HereModels {...{ start, runner, setRunner, loadedId, disabled }} />}
        {place === "catalog" && (
          <Catalog onLoad={start} {...{ runner, setRunner, disabled, own }} stored={stored.models} />
        )}
        {place === "server" && <Server onLoad={start} disabled={disabled} />}
        {place === "settings" && (
          <>
            <Hosts />
            <OwnModels own={own} onChange={changeOwn} isForThisVisit={!isKept} />
          </>
        )}
      </Tabs>
    </>
  );
}

function placeOf(backend: BackendName | undefined): Place {
  if (backend === "openai") return "server";
  return backend === "web-llm" ? "catalog" : "here";
}

interface HereModelsProps {
  start: LoadModel;
  runner: RunnerName;
  setRunner: (runner: RunnerName) => void;
  loadedId: string | null;
  disabled: boolean;
}

/** What our engine loads: the embedded models, a URL, a folder. */
function HereModels({ start, runner, setRunner, loadedId, disabled }: HereModelsProps) {
  return (
    <>
      <div className={styles["runner"]}>
        <RunnerSelect runner={runner} setRunner={setRunner} />
      </div>
      <Grid least={420} top>
        <Stack gap="large">
          <Card title="Embedded" tag="in the app, no download">
            {embeddedModels.map(({ id, title, note }) => (
              <div key={id} className={styles["row"]}>
                <div>
                  <b>{title}</b> {loadedId === id && <Tag tone="good">loaded</Tag>}
                  <p>{note}</p>
                </div>
                <Button aria-label={`Load ${id}`} disabled={disabled} onClick={() => start(id, { id })}>
                  Load
                </Button>
              </div>
            ))}
          </Card>
          <Card title="From a URL or a folder" tag="MLC or safetensors">
            <LoadFromUrl onLoad={start} disabled={disabled} />
            <LoadFromFolder onLoad={start} disabled={disabled} />
          </Card>
        </Stack>
        <Card title="Synthetic" tag="no download, random weights">
          <Synthetic onLoad={start} disabled={disabled} runner={runner} />
        </Card>
      </Grid>
    </>
  );
}
