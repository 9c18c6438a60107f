import { useMemo } from "react";
import { useStore } from "zustand";

import type { AdapterInfo, ModelInfo } from "../../../protocol/index.ts";
import type { LoggedError } from "../../store/error-log.ts";
import { useEngine, useServices } from "../../store/services.tsx";
import { Card } from "../../ui/Card.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatBytes, formatMs, formatNumber, unknown } from "../../lab/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import { ContractCard } from "./ContractCard.tsx";
import {
  featureRows,
  isBytes,
  limitRows,
  memoryFacts,
  type LimitRow,
  type MemoryFacts,
  type Offered,
  type PageFacts,
} from "./derive.ts";
import styles from "./DiagnosticsView.module.css";
import { Facts } from "./Facts.tsx";
import { KernelsCard } from "./KernelsCard.tsx";
import { BandwidthCard, GoldensCard } from "./MeasureCards.tsx";
import type { DiagnosticsReport } from "./report.ts";
import { ReportCard } from "./ReportCard.tsx";
import { diagnosticsSession } from "./session.ts";
import { offlineText, updateText } from "./offline-text.ts";
import { useOffered, useStorage, useStored } from "./use-page.ts";

/** Everything that the figures of the other views depend on. */
export function DiagnosticsView() {
  const services = useServices();
  const session = useMemo(() => diagnosticsSession(services), [services]);
  const { goldens, bandwidth } = useStore(session.store);
  const { app: offlineApp, update, problem } = useStore(services.offline.store);
  const errors = useStore(services.errors);
  const adapter = useEngine((state) => state.adapter);
  const kernels = useEngine((state) => state.kernels);
  const gpuMemory = useEngine((state) => state.gpuMemory);
  const load = useEngine((state) => state.load);
  const model = load.type === "ready" ? load.model : null;
  const offered = useOffered();
  const page: PageFacts = {
    appVersion: services.inferscope.version,
    webGpu: "gpu" in navigator,
    secureContext: window.isSecureContext,
    crossOriginIsolated: window.crossOriginIsolated,
    clockResolutionMs: services.clockResolutionMs,
    userAgent: navigator.userAgent,
    cores: navigator.hardwareConcurrency,
    storage: useStorage(),
    offlineApp,
    update,
    offlineProblem: problem,
  };
  const limits = limitRows(offered, adapter);
  const memory = memoryFacts(model, gpuMemory);
  const report: DiagnosticsReport = {
    app: "inferscope",
    page,
    adapter,
    limits,
    kernels,
    model,
    memory,
    goldens: goldens?.result ?? null,
    bandwidth,
    errors,
  };
  return (
    <>
      <ViewHeader
        question="What does this engine run on?"
        sub="Everything the figures depend on, and whether this device computes what it should."
      />
      <div className={styles["view"]}>
        <ReportCard report={report} />
        {load.type === "failed" && <ErrorNotice error={load.error} />}
        <div className={styles["columns"]}>
          <AdapterCard adapter={adapter} offered={offered} model={model} />
          <PageCard page={page} />
          <MemoryCard memory={memory} model={model} loading={load.type === "loading"} />
          <StorageCard storage={page.storage} />
          <GoldensCard session={session} model={model} />
          <BandwidthCard session={session} />
        </div>
        <LimitsCard limits={limits} />
        <KernelsCard kernels={kernels} model={model} />
        <ContractCard />
        <ErrorsCard errors={errors} />
      </div>
    </>
  );
}

function AdapterCard(props: {
  adapter: AdapterInfo | null;
  offered: Offered | null;
  model: ModelInfo | null;
}) {
  const { adapter, offered, model } = props;
  const features = featureRows(offered, adapter);
  return (
    <Card title="Adapter">
      {adapter === null ? (
        <p className={styles["none"]}>
          {model?.runner === "cpu"
            ? "None in use: the model runs on the CPU."
            : offered === null
              ? "The browser offers none to this page."
              : "Not in use yet."}
        </p>
      ) : (
        <Facts
          rows={[
            ["Description", adapter.description || unknown],
            ["Vendor", adapter.vendor || unknown],
            ["Architecture", adapter.architecture || unknown],
            ["Kind", adapter.isSoftware ? "software: right results, times not comparable" : "hardware"],
          ]}
        />
      )}
      <div className={styles["tags"]}>
        {features
          .filter(({ wanted, available }) => wanted || available)
          .map(({ name, available, inUse, wanted }) => (
            <Tag key={name} tone={inUse ? "good" : wanted && !available ? "warn" : "plain"}>
              {name}
              {inUse ? ", in use" : available ? "" : ", missing"}
            </Tag>
          ))}
      </div>
    </Card>
  );
}

function PageCard({ page }: { page: PageFacts }) {
  return (
    <Card title="Page">
      <Facts
        rows={[
          ["Version", page.appVersion],
          ["WebGPU", page.webGpu ? "present" : "missing"],
          ["Secure context", page.secureContext ? "yes" : "no"],
          ["Cross-origin isolated", page.crossOriginIsolated ? "yes" : "no: the clock is coarser"],
          ["Clock resolution", `${formatMs(page.clockResolutionMs)}, measured`],
          ["Processor threads", String(page.cores)],
          ["Opens without a network", offlineText(page)],
          ["New version", updateText(page)],
          ["Browser", page.userAgent],
        ]}
      />
    </Card>
  );
}

function MemoryCard(props: { memory: MemoryFacts; model: ModelInfo | null; loading: boolean }) {
  const { memory, model, loading } = props;
  return (
    <Card title="Memory" tag={model?.runner === "gpu" ? "of the GPU, as counted" : undefined}>
      {model === null ? (
        <p className={styles["none"]}>{loading ? "A model is being loaded." : "No model is loaded."}</p>
      ) : (
        <Facts
          rows={[
            ["Model", model.id],
            ["Weights, as stored", formatBytes(memory.weightBytes)],
            ["KV pool", formatBytes(memory.kvBytes)],
            ["Repacking, activations, readback", formatBytes(memory.otherBytes)],
            ["All buffers", formatBytes(memory.totalBytes)],
            ["Buffers", formatNumber(memory.numBuffers)],
          ]}
        />
      )}
    </Card>
  );
}

function StorageCard({ storage }: { storage: PageFacts["storage"] }) {
  const stored = useStored();
  const whole = stored?.filter(({ storedBytes, totalBytes }) => storedBytes >= totalBytes) ?? [];
  const partial = stored?.filter(({ storedBytes, totalBytes }) => storedBytes < totalBytes) ?? [];
  return (
    <Card title="Storage">
      {storage === null ? (
        <p className={styles["none"]}>This browser or address keeps nothing.</p>
      ) : (
        <Facts
          rows={[
            ["In use", `${formatBytes(storage.usedBytes)} of ${formatBytes(storage.quotaBytes)}`],
            ["Kept", storage.persisted ? "yes" : "the browser may evict it when space is short"],
            ["Models, whole", stored === null ? unknown : String(whole.length)],
            [
              "Models, in part",
              partial.length === 0
                ? "none"
                : `${partial.length}, ${formatBytes(partial.reduce((sum, each) => sum + each.storedBytes, 0))}`,
            ],
          ]}
        />
      )}
      <a href="#/models">Delete or keep them in Models</a>
    </Card>
  );
}

function LimitsCard({ limits }: { limits: readonly LimitRow[] }) {
  const cell = (name: string, value: number | null) =>
    value === null ? unknown : isBytes(name) ? formatBytes(value) : value.toLocaleString("en-US");
  return (
    <Card title="Limits" tag="required, available, in use">
      <DataTable
        caption="Limits of the adapter"
        rows={limits}
        rowKey={({ name }) => name}
        columns={[
          { key: "name", header: "Limit", cell: ({ name }) => <code>{name}</code> },
          {
            key: "required",
            header: "Required",
            align: "right",
            cell: ({ name, required }) => cell(name, required),
          },
          {
            key: "available",
            header: "Available",
            align: "right",
            cell: ({ name, available }) => cell(name, available),
          },
          { key: "inUse", header: "In use", align: "right", cell: ({ name, inUse }) => cell(name, inUse) },
        ]}
      />
    </Card>
  );
}

function ErrorsCard({ errors }: { errors: readonly LoggedError[] }) {
  return (
    <Card title="Last errors" tag="since this page opened">
      {errors.length === 0 ? (
        <p className={styles["none"]}>None.</p>
      ) : (
        <DataTable
          caption="Last errors"
          rows={errors}
          rowKey={(_, index) => index}
          columns={[
            { key: "at", header: "At", cell: ({ atMs }) => new Date(atMs).toLocaleTimeString() },
            { key: "where", header: "Where", cell: ({ where }) => where },
            { key: "kind", header: "Kind", cell: ({ kind }) => <code>{kind}</code> },
            { key: "message", header: "What", cell: ({ message }) => message },
          ]}
          maxHeight={320}
        />
      )}
    </Card>
  );
}
