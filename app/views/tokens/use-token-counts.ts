/** Tokens of texts by every tokenizer there is, counted again a moment after the texts changed. */
import { useEffect, useRef, useState } from "react";

import { LabWorker } from "../../client/lab-worker.ts";
import type { TokenizedText } from "../../lab/lab-calls.ts";
import { encodingIds, type EncodingId } from "../../lab/tokens/encodings.ts";
import type { EnginePort } from "../../store/engine-port.ts";
import { useEngine, useServices } from "../../store/services.tsx";

export const tokenizerIds = ["model", ...encodingIds] as const;
export type TokenizerId = (typeof tokenizerIds)[number];

export type Counts =
  | { readonly state: "absent" | "loading" }
  | { readonly state: "failed"; readonly message: string }
  /** One entry a text; `texts` are those that were counted. */
  | { readonly state: "ready"; readonly texts: readonly string[]; readonly tokens: readonly TokenizedText[] };

export type CountsByTokenizer = Readonly<Record<TokenizerId, Counts>>;

/** Above it a tokenizer on the engine's thread would hold up requests. */
const mostModelCharacters = 50_000;
/** Above it a page of chips and three tables no longer helps anybody. */
export const mostCharacters = 400_000;
const pauseMs = 200;

export function useTokenCounts(texts: readonly string[]): CountsByTokenizer {
  const { client } = useServices();
  const modelId = useEngine(({ load }) => (load.type === "ready" ? load.model.id : null));
  const [counts, setCounts] = useState<CountsByTokenizer>({
    model: { state: "loading" },
    o200k: { state: "loading" },
    cl100k: { state: "loading" },
  });
  const workers = useRef(new Map<EncodingId, LabWorker>());
  const key = texts.join("\u0000");

  useEffect(() => {
    const running = workers.current;
    return () => {
      for (const worker of running.values()) worker.dispose();
      running.clear();
    };
  }, []);

  useEffect(() => {
    let stale = false;
    const own = key.split("\u0000");
    const show = (id: TokenizerId, next: Counts) => {
      if (!stale) setCounts((before) => ({ ...before, [id]: next }));
    };
    const count = async (id: TokenizerId, tokenize: () => Promise<readonly TokenizedText[]>) => {
      try {
        show(id, { state: "ready", texts: own, tokens: await tokenize() });
      } catch (error) {
        show(id, { state: "failed", message: error instanceof Error ? error.message : String(error) });
      }
    };
    const timer = window.setTimeout(() => {
      if (modelId === null) show("model", { state: "absent" });
      else void count("model", () => byModel(client, own));
      for (const encoding of encodingIds) {
        const worker = running(workers.current, encoding);
        void count(encoding, () => worker.call("tokenize", { encoding, texts: own }));
      }
    }, pauseMs);
    return () => {
      stale = true;
      window.clearTimeout(timer);
    };
  }, [client, key, modelId]);

  return counts;
}

/** One worker an encoding: the larger one takes a second to load and must not hold up the other. */
function running(workers: Map<EncodingId, LabWorker>, encoding: EncodingId): LabWorker {
  const worker = workers.get(encoding) ?? new LabWorker();
  workers.set(encoding, worker);
  return worker;
}

async function byModel(client: EnginePort, texts: readonly string[]): Promise<readonly TokenizedText[]> {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (length > mostModelCharacters) {
    throw new Error(`More than ${mostModelCharacters.toLocaleString("en-US")} characters: not counted here.`);
  }
  const tokens: TokenizedText[] = [];
  for (const text of texts) {
    const ids = await client.call("encode", { text });
    const { pieces } =
      ids.length === 0
        ? { pieces: [] }
        : await client.call("applyTemplate", { prompt: { type: "tokens", tokenIds: ids } });
    tokens.push({ ids, pieces });
  }
  return tokens;
}
