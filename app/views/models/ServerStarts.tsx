import { Card } from "../../ui/Card.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import styles from "./ModelsView.module.css";

/** Command lines that let this page in; `told`: what else the server tells then. */
function starts(page: string) {
  return [
    {
      name: "vLLM",
      command: `vllm serve MODEL --allowed-origins '["${page}"]' --enable-prompt-tokens-details`,
      told: "tells cached tokens with the last flag",
    },
    {
      name: "SGLang",
      command: "python -m sglang.launch_server --model-path MODEL --enable-cache-report",
      told: "allows every page; tells cached tokens with the last flag",
    },
    {
      name: "llama.cpp",
      command: "llama-server -m MODEL.gguf",
      told: "allows every page; tells cached tokens",
    },
    {
      name: "Ollama",
      command: `OLLAMA_ORIGINS="${page}" ollama serve`,
      told: "tells no cached tokens",
    },
    {
      name: "LM Studio",
      command: "lms server start --cors",
      told: "tells no cached tokens",
    },
    {
      name: "Inferscope itself",
      command: "npm run serve",
      told: "the embedded model on the CPU, to try this without another server",
    },
  ];
}

/** How to start each server so that this page may talk to it. */
export function ServerStarts() {
  return (
    <Card title="Starting one for this page" tag="CORS">
      {starts(window.location.origin).map(({ name, command, told }) => (
        <div key={name} className={styles["start"]}>
          <div className={styles["row"]}>
            <span>
              <b>{name}</b>: {told}
            </span>
            <CopyButton label={`Copy for ${name}`} text={() => command} />
          </div>
          <code>{command}</code>
        </div>
      ))}
      <p className={styles["note"]}>
        A page on https may use http on this machine only; Safari not even that. The browser may ask whether
        this page may reach the local network: allow it.
      </p>
    </Card>
  );
}
