/** A model's configuration and manifest, read before any weight: what it is, and what it takes. */
import { InferscopeError, serializeError, type ModelFacts } from "../../../protocol/index.ts";
import { parseModelDescription } from "../../models/config.ts";
import type { FileSource } from "../../models/file-source.ts";
import { readHfDescription } from "../../models/hf-model.ts";
import { readManifest } from "../../models/load-model.ts";
import { parseManifest } from "../../models/manifest.ts";
import { absentError, readText } from "../../models/loader.ts";
import { findCheckpoint } from "../../models/safetensors.ts";

const longestMs = 30_000;

/**
 * What our engine refuses is in `problem`, with what could be read beside it. Rejects with `network`
 * or `http-status` where the files cannot be had.
 */
export async function inspectFolder(source: FileSource): Promise<ModelFacts> {
  const timeout = AbortSignal.timeout(longestMs);
  try {
    return await readFacts(source, timeout);
  } catch (error) {
    if (!timeout.aborted) throw error;
    throw new InferscopeError("network", `The server did not answer within ${longestMs / 1000} s.`, {
      hint: "Check the connection and the host, then try again.",
      cause: error,
    });
  }
}

async function readFacts(source: FileSource, signal: AbortSignal): Promise<ModelFacts> {
  const chat = await readText(source, "mlc-chat-config.json", "bad-config", signal);
  if (chat.found) {
    const { totalBytes } = await readManifest(source, parseManifest, signal);
    return judged(totalBytes, () => Promise.resolve(parseModelDescription(chat.text)));
  }
  const config = await readText(source, "config.json", "bad-config", signal);
  if (!config.found) {
    throw absentError(
      "mlc-chat-config.json (or config.json)",
      chat,
      chat.status === null ? "bad-config" : "http-status",
    );
  }
  const { claimedBytes } = await findCheckpoint(source, signal);
  return judged(claimedBytes === 0 ? null : claimedBytes, () =>
    readHfDescription(source, config.text, signal),
  );
}

type Described = Pick<ReturnType<typeof parseModelDescription>, "config"> & {
  readonly quantization?: string;
};

async function judged(weightBytes: number | null, read: () => Promise<Described>): Promise<ModelFacts> {
  try {
    const { config, quantization = null } = await read();
    return { config, quantization, weightBytes, problem: null };
  } catch (error) {
    if (!(error instanceof InferscopeError) || error.kind === "aborted") throw error;
    return { config: null, quantization: null, weightBytes, problem: serializeError(error) };
  }
}
