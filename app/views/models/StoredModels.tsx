import { useEffect, useState } from "react";

import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { formatBytes } from "../../lab/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import { storedName } from "./derive.ts";
import type { LoadModel } from "./load-model.ts";
import styles from "./ModelsView.module.css";
import type { useStoredModels } from "./use-stored-models.ts";

interface StoredModelsProps {
  onLoad: LoadModel;
  disabled: boolean;
  stored: ReturnType<typeof useStoredModels>;
}

/** What downloads left in the browser's storage: to load, to finish, to delete, to keep. */
export function StoredModels({ onLoad, disabled, stored }: StoredModelsProps) {
  const { models, error, remove } = stored;
  if (models.length === 0 && error === null) return null;
  return (
    <Card title="Stored in this browser" tag="shared with WebLLM's cache" actions={<KeepButton />}>
      {error !== null && <ErrorNotice error={error} />}
      {models.map(({ url, storedBytes, totalBytes }) => (
        <div key={url} className={styles["row"]}>
          <div>
            <b>{storedName(url)}</b>{" "}
            {storedBytes < totalBytes && (
              <Tag tone="warn">
                {formatBytes(storedBytes)} of {formatBytes(totalBytes)}
              </Tag>
            )}
            <p>
              {storedBytes >= totalBytes && `${formatBytes(totalBytes)} · `}
              {url}
            </p>
          </div>
          <div className={styles["actions"]}>
            <Button
              aria-label={`${storedBytes < totalBytes ? "Resume" : "Load"} ${storedName(url)}`}
              disabled={disabled}
              onClick={() => onLoad(storedName(url), { url })}
            >
              {storedBytes < totalBytes ? "Resume" : "Load"}
            </Button>
            <Button
              variant="danger"
              aria-label={`Delete ${storedName(url)}`}
              disabled={disabled}
              onClick={() => remove(url)}
            >
              Delete
            </Button>
          </div>
        </div>
      ))}
    </Card>
  );
}

type Kept = "unknown" | "kept" | "refused" | "not-asked";

/** Without it the browser may throw stored models out when the disk fills. */
function KeepButton() {
  const [kept, setKept] = useState<Kept>("unknown");
  useEffect(() => {
    void navigator.storage.persisted().then((persisted) => setKept(persisted ? "kept" : "not-asked"));
  }, []);
  if (kept === "kept") return <Tag tone="good">kept for offline</Tag>;
  return (
    <>
      {kept === "refused" && (
        <span className={styles["note"]}>The browser did not agree; installing the app helps.</span>
      )}
      <Button
        size="small"
        onClick={() => void navigator.storage.persist().then((yes) => setKept(yes ? "kept" : "refused"))}
      >
        Keep for offline
      </Button>
    </>
  );
}
