import { CircleQuestionMark, Monitor, Moon, Search, Sun } from "lucide-react";

import type { AdapterInfo } from "../../protocol/index.ts";
import type { LoadState } from "../store/engine-store.ts";
import { useEngine, useServices, useSettings } from "../store/services.tsx";
import type { Theme } from "../store/settings-store.ts";
import { Button } from "../ui/Button.tsx";
import { formatMs } from "../lab/format.ts";
import { Pill } from "../ui/Pill.tsx";
import { loadShare } from "../ui/Progress.tsx";
import styles from "./Header.module.css";

export function Header({ onPalette, onHelp }: { onPalette: () => void; onHelp: () => void }) {
  const { clockResolutionMs } = useServices();
  const load = useEngine((state) => state.load);
  const adapter = useEngine((state) => state.adapter);
  const kv = useEngine((state) => state.kv);
  const model = load.type === "ready" ? load.model : null;
  return (
    <header className={styles["header"]}>
      <a className={styles["logo"]} href="#/">
        <svg viewBox="0 0 24 24" aria-hidden>
          <path d="M2 12h4l2-7 4 14 3-10 2 3h5" />
        </svg>
        Inferscope
      </a>
      <div className={styles["pills"]} role="status" aria-label="Engine status" tabIndex={0}>
        <ModelPill load={load} />
        {model !== null && (
          <Pill
            label="engine"
            value={model.backend}
            note={model.runner === "cpu" ? <CpuMark /> : undefined}
          />
        )}
        {model?.runner !== "cpu" && adapter !== null && (
          <Pill label="adapter" value={adapterName(adapter)} note={adapterNote(adapter)} />
        )}
        {kv !== null && (
          <Pill
            label="KV"
            value={`${kv.used} / ${kv.total}`}
            note="blocks"
            title={`${kv.cached} cached, ${kv.free} free`}
          />
        )}
        <Pill
          label="clock"
          value={formatMs(clockResolutionMs)}
          title="Smallest step of performance.now(), measured on this page"
        />
      </div>
      <Button
        size="small"
        aria-label="Commands"
        title="Commands: Ctrl+K or ⌘K"
        icon={<Search aria-hidden />}
        onClick={onPalette}
      />
      <ThemeButton />
      <Button
        variant="ghost"
        size="small"
        aria-label="Help"
        icon={<CircleQuestionMark aria-hidden />}
        onClick={onHelp}
      />
    </header>
  );
}

function ModelPill({ load }: { load: LoadState }) {
  switch (load.type) {
    case "idle":
      return <Pill value="no model" />;
    case "loading": {
      const share = loadShare(load.progress);
      return (
        <Pill
          dot="busy"
          value={load.label}
          note={share === null ? "loading" : `loading ${Math.round(share * 100)}%`}
        />
      );
    }
    case "failed":
      return <Pill dot="bad" value={load.label} note="failed" />;
    case "ready":
      return (
        <Pill dot="good" value={load.model.id} note={load.model.synthetic ? "random weights" : undefined} />
      );
  }
}

function CpuMark() {
  return <strong className={styles["cpu"]}>CPU</strong>;
}

function adapterName({ description, vendor, architecture }: AdapterInfo): string {
  if (description !== "") return description;
  return [vendor, architecture].filter((part) => part !== "").join(" ") || "unnamed";
}

function adapterNote({ isSoftware, features }: AdapterInfo): string {
  if (isSoftware) return "software";
  return features.includes("shader-f16") ? "f16" : "f32";
}

const nextTheme: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const themeIcons = { system: Monitor, light: Sun, dark: Moon } as const;

function ThemeButton() {
  const { settings } = useServices();
  const theme = useSettings((state) => state.theme);
  const Icon = themeIcons[theme];
  return (
    <Button
      variant="ghost"
      size="small"
      aria-label={`Theme: ${theme}. Change to ${nextTheme[theme]}`}
      title={`Theme: ${theme}`}
      icon={<Icon aria-hidden />}
      onClick={() => settings.setState({ theme: nextTheme[theme] })}
    />
  );
}
