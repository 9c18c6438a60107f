import { useState } from "react";

import { defaultModelHosts, type ModelHosts } from "../../../protocol/index.ts";
import { hostProblem } from "../../store/host-problem.ts";
import { useServices, useSettings } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { TextField } from "../../ui/Fields.tsx";
import { Tag } from "../../ui/Tag.tsx";
import styles from "./ModelsView.module.css";

const fields: readonly { readonly key: keyof ModelHosts; readonly label: string; readonly help: string }[] = [
  {
    key: "models",
    label: "Model host",
    help: "Takes the place of https://huggingface.co/, with the same folders below it: mlc-ai/NAME/resolve/main/",
  },
  {
    key: "libraries",
    label: "Library host",
    help: "Takes the place of the folder of WebLLM's compiled libraries, with web-llm-models/VERSION/ below it",
  },
];

/** Where models and libraries are fetched, for both engines: a mirror, or a folder on this machine. */
export function Hosts() {
  const { settings } = useServices();
  const hosts = useSettings((state) => state.hosts);
  const [draft, setDraft] = useState<ModelHosts>(hosts);
  const problemOf = (key: keyof ModelHosts) => hostProblem(draft[key]);
  const isChanged = fields.some(({ key }) => withSlash(draft[key]) !== hosts[key]);
  const isUsual = fields.every(({ key }) => hosts[key] === defaultModelHosts[key]);
  const set = (next: ModelHosts) => {
    settings.setState({ hosts: next });
    setDraft(next);
  };
  return (
    <Card title="Hosts" actions={isUsual ? <Tag>the usual ones</Tag> : <Tag tone="warn">set by you</Tag>}>
      <form
        className={styles["stack"]}
        onSubmit={(event) => {
          event.preventDefault();
          if (fields.every(({ key }) => problemOf(key) === null)) {
            set({ models: withSlash(draft.models), libraries: withSlash(draft.libraries) });
          }
        }}
      >
        <div className={styles["addresses"]}>
          {fields.map(({ key, label, help }) => (
            <TextField
              key={key}
              label={label}
              help={help}
              value={draft[key]}
              problem={problemOf(key)}
              onChange={(text) => setDraft({ ...draft, [key]: text })}
            />
          ))}
        </div>
        <div className={styles["actions"]}>
          <Button type="submit" disabled={!isChanged || fields.some(({ key }) => problemOf(key) !== null)}>
            Use these hosts
          </Button>
          <Button variant="ghost" disabled={isUsual && !isChanged} onClick={() => set(defaultModelHosts)}>
            Back to the usual ones
          </Button>
        </div>
      </form>
      <p className={styles["note"]}>
        Both engines fetch from here and keep the files under these addresses, so a model of another host is
        another copy. During a load only the folder that was asked for, or these hosts, are contacted; what
        they redirect to is theirs to say. https, or http on this machine, and the server must allow this page
        (CORS).
      </p>
    </Card>
  );
}

function withSlash(text: string): string {
  const trimmed = text.trim();
  return hostProblem(trimmed) !== null || trimmed.endsWith("/") ? trimmed : `${trimmed}/`;
}
