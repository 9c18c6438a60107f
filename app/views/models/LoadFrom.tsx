import { FolderOpen } from "lucide-react";
import { useState } from "react";

import { hostedUrl } from "../../../protocol/index.ts";
import { useSettings } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { TextField } from "../../ui/Fields.tsx";
import { urlProblem } from "./derive.ts";
import type { LoadModel } from "./ModelsView.tsx";
import styles from "./ModelsView.module.css";

interface LoadFromProps {
  onLoad: LoadModel;
  disabled: boolean;
}

export function LoadFromUrl({ onLoad, disabled }: LoadFromProps) {
  const [url, setUrl] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const hosts = useSettings((settings) => settings.hosts);
  return (
    <>
      <form
        className={styles["form"]}
        onSubmit={(event) => {
          event.preventDefault();
          const found = urlProblem(url, location.href);
          setProblem(found);
          // The worker has another base: it gets the absolute address.
          if (found === null) onLoad(url, { url: hostedUrl(new URL(url, location.href).href, hosts) });
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
