import { useEffect, useState, type ReactNode } from "react";
import { useStore } from "zustand";

import type { ModelInfo } from "../../../protocol/index.ts";
import { useEngine, useServices } from "../../store/services.tsx";
import { Card } from "../../ui/Card.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { formatBytes, formatMs, formatNumber, unknown } from "../../ui/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import { diagnosticsReport, importantLimits, type PageFacts } from "./derive.ts";
import styles from "./DiagnosticsView.module.css";

export function DiagnosticsView() {
  const { clockResolutionMs, offline } = useServices();
  const offlineApp = useStore(offline.store, (state) => state.app);
  const adapter = useEngine((state) => state.adapter);
  const kernels = useEngine((state) => state.kernels);
  const model = useEngine(({ load }) => (load.type === "ready" ? load.model : null));
  const storage = useStorage();
  const page: PageFacts = {
    webGpu: "gpu" in navigator,
    secureContext: window.isSecureContext,
    crossOriginIsolated: window.crossOriginIsolated,
    clockResolutionMs,
    userAgent: navigator.userAgent,
    cores: navigator.hardwareConcurrency,
    storage,
    offlineApp,
  };
  return (
    <>
      <ViewHeader
        question="What does this engine run on?"
        sub="Everything the figures depend on. The report holds no prompts and no addresses."
        actions={
          <CopyButton label="Copy report" text={() => diagnosticsReport(page, adapter, kernels, model)} />
        }
      />
      <div className={styles["columns"]}>
        <Card title="Adapter">
          {adapter === null ? (
            <p className={styles["none"]}>
              {model?.runner === "cpu" ? "None in use: the model runs on the CPU." : "None known yet."}
            </p>
          ) : (
            <>
              <Facts
                rows={[
                  ["Description", adapter.description || unknown],
                  ["Vendor", adapter.vendor || unknown],
                  ["Architecture", adapter.architecture || unknown],
                  ["Kind", adapter.isSoftware ? "software: right results, times not comparable" : "hardware"],
                ]}
              />
              <div className={styles["tags"]}>
                {adapter.features.map((feature) => (
                  <Tag key={feature}>{feature}</Tag>
                ))}
              </div>
            </>
          )}
        </Card>
        <Card title="Page">
          <Facts
            rows={[
              ["WebGPU", page.webGpu ? "present" : "missing"],
              ["Secure context", page.secureContext ? "yes" : "no"],
              ["Cross-origin isolated", page.crossOriginIsolated ? "yes" : "no: the clock is coarser"],
              ["Clock resolution", `${formatMs(clockResolutionMs)}, measured`],
              ["Processor threads", String(page.cores)],
              ["Storage", storage === null ? unknown : storageText(storage)],
              ["Opens without a network", offlineText[offlineApp]],
              ["Browser", page.userAgent],
            ]}
          />
        </Card>
        {adapter !== null && (
          <Card title="Limits">
            <Facts
              rows={importantLimits.map((name) => [
                name,
                name.endsWith("Size") && name !== "maxComputeWorkgroupStorageSize"
                  ? formatBytes(adapter.limits[name] ?? null)
                  : formatNumber(adapter.limits[name] ?? null),
              ])}
            />
          </Card>
        )}
      </div>
      <Card title="Kernels" tag="checked against their references at first load">
        {kernels.length === 0 ? (
          <p className={styles["none"]}>{noKernels(model)}</p>
        ) : (
          <DataTable
            caption="Kernel variants on this adapter"
            rows={kernels}
            rowKey={({ kernel, variant }) => `${kernel} ${variant}`}
            columns={[
              { key: "kernel", header: "Kernel", cell: (row) => <code>{row.kernel}</code> },
              { key: "variant", header: "Variant", cell: (row) => row.variant },
              {
                key: "status",
                header: "Status",
                cell: ({ status }) => (
                  <Tag tone={status === "failed" ? "bad" : status === "unavailable" ? "plain" : "good"}>
                    {status}
                  </Tag>
                ),
              },
              {
                key: "error",
                header: "Max error",
                align: "right",
                formula: "max |kernel − reference|",
                cell: ({ maxError }) => maxError?.toExponential(1) ?? unknown,
              },
              {
                key: "us",
                header: "Time",
                align: "right",
                cell: ({ microseconds }) => formatMs(microseconds === null ? null : microseconds / 1000),
              },
              { key: "note", header: "Note", cell: (row) => row.note },
            ]}
          />
        )}
      </Card>
    </>
  );
}

const offlineText: Record<PageFacts["offlineApp"], string> = {
  unsupported: "no: this browser or address has no service worker",
  "not-stored": "not yet: it is stored once the model is loaded and nothing runs",
  storing: "being stored",
  stored: "yes, all of it but downloaded models",
  failed: "no: storing failed, probably for want of space",
};

function noKernels(model: ModelInfo | null): string {
  if (model !== null && model.backend !== "paged")
    return "They belong to the Inferscope engine; the loaded model runs on another one.";
  return model?.runner === "cpu"
    ? "The CPU runner has none."
    : "Nothing checked yet: load a model on the GPU.";
}

function Facts({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={styles["facts"]}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function storageText({ usedBytes, quotaBytes, persisted }: NonNullable<PageFacts["storage"]>): string {
  return `${formatBytes(usedBytes)} of ${formatBytes(quotaBytes)}, ${persisted ? "kept" : "may be evicted"}`;
}

function useStorage(): PageFacts["storage"] {
  const [storage, setStorage] = useState<PageFacts["storage"]>(null);
  useEffect(() => {
    // Absent on insecure origins.
    if (!("storage" in navigator)) return;
    const { storage: manager } = navigator;
    void Promise.all([manager.estimate(), manager.persisted()]).then(
      ([{ usage, quota }, persisted]) =>
        setStorage({ usedBytes: usage ?? 0, quotaBytes: quota ?? 0, persisted }),
      () => setStorage(null),
    );
  }, []);
  return storage;
}
