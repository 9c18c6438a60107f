import { useState } from "react";

import {
  defaultServerLimits,
  serializeError,
  type SerializedError,
  type ServerAddress,
} from "../../../protocol/index.ts";
import { forgetServer, keepServer, originOf, readServer, sessionValues } from "../../store/server-key.ts";
import { useEngine, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { FieldGrid, NumberField, Switch, TextField } from "../../ui/Fields.tsx";
import { Tag } from "../../ui/Tag.tsx";
import type { LoadModel } from "./load-model.ts";
import styles from "./ModelsView.module.css";
import { ServerStarts } from "./ServerStarts.tsx";

/** What the server said last. */
type Answer =
  | { readonly type: "none" }
  | { readonly type: "asking" }
  | { readonly type: "models"; readonly server: ServerAddress; readonly ids: readonly string[] }
  | { readonly type: "failed"; readonly error: SerializedError };

/** Any server that speaks OpenAI's protocol: address, key, and one of its models. */
export function Server({ onLoad, disabled }: { onLoad: LoadModel; disabled: boolean }) {
  const { client } = useServices();
  const storage = sessionValues();
  const [kept] = useState(() => readServer(storage));
  const [baseUrl, setBaseUrl] = useState(kept?.baseUrl ?? "");
  const [apiKey, setApiKey] = useState(kept?.apiKey ?? "");
  const [limits, setLimits] = useState({ ...defaultServerLimits, ...kept?.limits });
  const [keeps, setKeeps] = useState(kept !== null);
  const [answer, setAnswer] = useState<Answer>({ type: "none" });

  const changeUrl = (next: string) => {
    // A key belongs to the origin that it was given for.
    if (originOf(next) !== originOf(baseUrl)) setApiKey("");
    setBaseUrl(next);
    setAnswer({ type: "none" });
  };
  const changeLimits = (change: Partial<typeof limits>) => {
    setLimits({ ...limits, ...change });
    setAnswer({ type: "none" });
  };
  const changeKeeps = (next: boolean) => {
    setKeeps(next);
    if (!next) forgetServer(storage);
  };
  const connect = async () => {
    const key = apiKey.trim();
    const server: ServerAddress = { baseUrl: baseUrl.trim(), ...(key === "" ? {} : { apiKey: key }), limits };
    setAnswer({ type: "asking" });
    try {
      const ids = await client.call("serverModels", server);
      setAnswer({ type: "models", server, ids });
      if (keeps) setKeeps(keepServer(storage, server));
    } catch (error) {
      setAnswer({ type: "failed", error: serializeError(error) });
    }
  };
  return (
    <div className={styles["columns"]}>
      <Card title="A server" tag="OpenAI's protocol">
        <form
          className={styles["stack"]}
          onSubmit={(event) => {
            event.preventDefault();
            void connect();
          }}
        >
          <TextField
            label="Address"
            value={baseUrl}
            placeholder="http://localhost:8000/v1"
            onChange={changeUrl}
          />
          <FieldGrid>
            <TextField
              label="API key, if it wants one"
              type="password"
              value={apiKey}
              onChange={(next) => {
                setApiKey(next);
                setAnswer({ type: "none" });
              }}
            />
            <NumberField
              label="Wait for an answer, seconds"
              help="A server that sends no piece of an answer for so long is given up. Its queue and the prompt are in it."
              {...{ value: limits.answerMs / 1000, min: 1, max: 86_400 }}
              onChange={(seconds) => changeLimits({ answerMs: 1000 * seconds })}
            />
            <NumberField
              label="Wait for a byte, seconds"
              help="A server that has begun and sends nothing at all for so long is given up. What had arrived is kept."
              {...{ value: limits.silenceMs / 1000, min: 1, max: 86_400 }}
              onChange={(seconds) => changeLimits({ silenceMs: 1000 * seconds })}
            />
            <NumberField
              label="Longest answer, MiB"
              help="Of one answer as it is streamed; what is longer is ended. 64 MiB are some 128,000 tokens."
              {...{ value: limits.answerBytes / 2 ** 20, min: 1, max: 4096 }}
              onChange={(mebibytes) => changeLimits({ answerBytes: mebibytes * 2 ** 20 })}
            />
          </FieldGrid>
          <Switch
            label="Keep address and key until this tab closes"
            help="In this tab's session storage. Otherwise a reload forgets them."
            checked={keeps}
            onChange={changeKeeps}
          />
          <div className={styles["actions"]}>
            <Button type="submit" disabled={answer.type === "asking" || baseUrl.trim() === ""}>
              {answer.type === "asking" ? "Connecting…" : "Connect"}
            </Button>
          </div>
        </form>
        <div role="status" className={styles["stack"]}>
          {answer.type === "models" && <Offered {...answer} {...{ onLoad, disabled }} />}
        </div>
        {answer.type === "failed" && (
          <ErrorNotice
            error={answer.error}
            meaning="No model of this server can be chosen yet. What is loaded now stays loaded."
          />
        )}
        <p className={styles["note"]}>
          Prompts and key go to this address and nowhere else, from this browser. The key stays in memory; it
          is in no report, export, link or error.
        </p>
      </Card>
      <ServerStarts />
    </div>
  );
}

interface OfferedProps {
  server: ServerAddress;
  ids: readonly string[];
  onLoad: LoadModel;
  disabled: boolean;
}

function Offered({ server, ids, onLoad, disabled }: OfferedProps) {
  const loaded = useEngine(({ load }) => (load.type === "ready" ? load.model : null));
  if (ids.length === 0) {
    return <p>The server answers, but offers no model. Load one there, then connect again.</p>;
  }
  return (
    <>
      <p>
        Connected: {ids.length} {ids.length === 1 ? "model" : "models"}.
      </p>
      <ul className={styles["offered"]} aria-label="Models of the server">
        {ids.map((model) => (
          <li key={model} className={styles["row"]}>
            <div>
              <b>{model}</b>{" "}
              {loaded?.id === model && loaded.server === originOf(server.baseUrl) && (
                <Tag tone="good">in use</Tag>
              )}
            </div>
            <Button
              aria-label={`Use ${model}`}
              disabled={disabled}
              onClick={() => onLoad(model, { server: { ...server, model } }, "openai")}
            >
              Use
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
