import { FolderOpen } from "lucide-react";
import { useState } from "react";

import { hostedUrl } from "../../../protocol/index.ts";
import { useSettings } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { TextArea, TextField } from "../../ui/Fields.tsx";
import { parseSums, urlProblem } from "./derive.ts";
import type { LoadModel } from "./load-model.ts";
import styles from "./ModelsView.module.css";

interface LoadFromProps {
  onLoad: LoadModel;
  disabled: boolean;
}

export function LoadFromUrl({ onLoad, disabled }: LoadFromProps) {
  const [url, setUrl] = useState("");
  const [sumsText, setSumsText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const sums = parseSums(sumsText);
  const hosts = useSettings((settings) => settings.hosts);
  return (
    <>
      <form
        className={styles["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          const found = urlProblem(url, location.href);
          setProblem(found);
          if (found !== null || typeof sums === "string") return;
          const isPinned = Object.keys(sums.sha256).length > 0;
          // The worker has another base: it gets the absolute address.
          onLoad(url, {
            url: hostedUrl(new URL(url, location.href).href, hosts),
            ...(isPinned ? sums : {}),
          });
        }}
      >
        <TextField
          label="Address of a model folder"
          value={url}
          placeholder="https://host/path/to/model/"
          onChange={setUrl}
        />
        <Button type="submit" disabled={disabled}>
          Load
        </Button>
      </form>
      <details>
        <summary>Pin files by SHA-256</summary>
        <TextArea
          label="Sums, as sha256sum prints them"
          help="A file that differs from its sum is not used, whatever the server says. Files without one are checked as the format allows."
          value={sumsText}
          problem={typeof sums === "string" ? sums : null}
          onChange={setSumsText}
        />
      </details>
      {problem !== null && (
        <p className={styles["problem"]} role="alert">
          {problem}
        </p>
      )}
      <p className={styles["note"]}>
        Llama, Qwen2 and Qwen3: MLC folders with q0f16, q0f32, q4f16_1 or q4f32_1 weights, and Hugging Face's
        with safetensors in bf16, f16 or f32, on this or another origin that allows it (CORS).
      </p>
    </>
  );
}

interface DirectoryPicker {
  showDirectoryPicker(options: { mode: "read" }): Promise<{ readonly name: string }>;
}

/** Only where the browser can pick folders. */
export function LoadFromFolder({ onLoad, disabled }: LoadFromProps) {
  if (!hasDirectoryPicker(window)) {
    return (
      <p className={styles["note"]}>This browser cannot open a folder; Chrome and Edge on a desktop can.</p>
    );
  }
  const picker = window;
  const pick = async () => {
    try {
      const folder = await picker.showDirectoryPicker({ mode: "read" });
      onLoad(folder.name, { folder });
    } catch {
      // Closing the picker picks nothing.
    }
  };
  return (
    <div>
      <Button icon={<FolderOpen aria-hidden />} disabled={disabled} onClick={() => void pick()}>
        Open a folder
      </Button>
    </div>
  );
}

function hasDirectoryPicker(target: object): target is DirectoryPicker {
  return "showDirectoryPicker" in target;
}
