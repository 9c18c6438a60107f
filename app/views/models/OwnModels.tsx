import { useState } from "react";

import type { OwnModel } from "../../../protocol/index.ts";
import {
  draftProblems,
  exportOwnModels,
  importOwnModels,
  toOwnModel,
  type OwnModelDraft,
} from "../../store/own-models.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { download } from "../../ui/download.ts";
import { TextField } from "../../ui/Fields.tsx";
import { FileDrop } from "../../ui/FileDrop.tsx";
import styles from "./ModelsView.module.css";

interface OwnModelsProps {
  own: readonly OwnModel[];
  onChange: (own: readonly OwnModel[]) => void;
  /** The browser keeps nothing. */
  isForThisVisit: boolean;
}

const empty: OwnModelDraft = { id: "", url: "", modelLib: "" };

/** Models of one's own for the catalog: added, changed, removed, exported and imported. */
export function OwnModels({ own, onChange, isForThisVisit }: OwnModelsProps) {
  const [draft, setDraft] = useState<OwnModelDraft>(empty);
  /** The one that the draft changes; null: it is a new one. */
  const [editing, setEditing] = useState<OwnModel | null>(null);
  const [isTried, setTried] = useState(false);
  const [news, setNews] = useState<{ text: string; undo: readonly OwnModel[] | null } | null>(null);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const found = draftProblems(
    draft,
    own.filter((model) => model !== editing),
  );
  const shown = isTried ? found : {};
  const edit = (model: OwnModel | null) => {
    setEditing(model);
    setDraft(model === null ? empty : { ...model, modelLib: model.modelLib ?? "" });
    setTried(false);
  };
  const change = (next: readonly OwnModel[], text: string, undo: readonly OwnModel[] | null = null) => {
    onChange(next);
    setNews({ text, undo });
    setProblems([]);
  };
  const save = () => {
    setTried(true);
    if (Object.keys(found).length > 0) return;
    const model = toOwnModel(draft);
    change(
      editing === null ? [...own, model] : own.map((each) => (each === editing ? model : each)),
      `${model.id} is in the catalog.`,
    );
    edit(null);
  };
  const remove = (model: OwnModel) => {
    change(
      own.filter((each) => each !== model),
      `${model.id} was removed; what is stored of it stays.`,
      own,
    );
    if (editing === model) edit(null);
  };
  const readFile = async (file: File) => {
    const imported = importOwnModels(await file.text(), own);
    if (imported.problems.length > 0) {
      setProblems(imported.problems);
      setNews(null);
    } else change(imported.models, `${imported.numNew} of ${file.name} came in.`);
  };
  const set = (part: Partial<OwnModelDraft>) => setDraft({ ...draft, ...part });
  return (
    <Card
      title="Your own models"
      tag={isForThisVisit ? "for this visit: the browser keeps nothing" : "kept in this browser"}
      actions={
        <Button
          size="small"
          disabled={own.length === 0}
          onClick={() => download("inferscope-models.json", "application/json", exportOwnModels(own))}
        >
          Export
        </Button>
      }
    >
      {own.map((model) => (
        <div key={model.id} className={styles["row"]}>
          <div>
            <b>{model.id}</b>
            <p>{model.url}</p>
            <p>{model.modelLib ?? "no library: for Inferscope alone"}</p>
          </div>
          <div className={styles["actions"]}>
            <Button aria-label={`Edit ${model.id}`} onClick={() => edit(model)}>
              Edit
            </Button>
            <Button variant="danger" aria-label={`Remove ${model.id}`} onClick={() => remove(model)}>
              Remove
            </Button>
          </div>
        </div>
      ))}
      {own.length === 0 && (
        <p className={styles["note"]}>None yet. What you add here stands first in the catalog.</p>
      )}
      {news !== null && (
        <p className={styles["note"]} role="status">
          {news.text}{" "}
          {news.undo !== null && (
            <Button size="small" variant="ghost" onClick={() => change(news.undo ?? own, "It is back.")}>
              Undo
            </Button>
          )}
        </p>
      )}
      <form
        className={styles["stack"]}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <div className={styles["addresses"]}>
          <TextField
            label="Name"
            help="Format and family are read from it before the files are: Llama-3.2-1B-mine-q4f16_1"
            value={draft.id}
            problem={shown.id ?? null}
            onChange={(id) => set({ id })}
          />
          <TextField
            label="Model address"
            help="The folder of its files, in MLC's or Hugging Face's format"
            placeholder="https://huggingface.co/OWNER/NAME"
            value={draft.url}
            problem={shown.url ?? null}
            onChange={(url) => set({ url })}
          />
          <TextField
            label="Library address"
            help="Its compiled library, for WebLLM. With one, the files are looked for where WebLLM looks: below resolve/main/."
            placeholder="https://host/model.wasm, or empty"
            value={draft.modelLib}
            problem={shown.modelLib ?? null}
            onChange={(modelLib) => set({ modelLib })}
          />
        </div>
        <div className={styles["actions"]}>
          <Button type="submit">{editing === null ? "Add to the catalog" : `Change ${editing.id}`}</Button>
          {editing !== null && (
            <Button variant="ghost" onClick={() => edit(null)}>
              Leave it as it was
            </Button>
          )}
        </div>
      </form>
      <FileDrop label="Import models" accept=".json,application/json" onFile={(file) => void readFile(file)}>
        A file that “Export” wrote: JSON with a list of id, url and modelLib.
      </FileDrop>
      {problems.length > 0 && (
        <div className={styles["problem"]} role="alert">
          <p>Nothing was changed:</p>
          <ul>
            {problems.slice(0, 20).map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}
