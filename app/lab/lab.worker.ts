/** Entry of the lab's worker: one call after the other, answered by one event each. */
import { assertNever, serializeError } from "../../protocol/index.ts";
import type { AnalysedLog, LabCommand, LabEvent, LabProgress } from "./lab-calls.ts";
import { analyseLog } from "./logs/analyse-log.ts";
import { parseLog } from "./logs/parse-log.ts";
import { TokenMeter } from "./logs/token-meter.ts";
import { evaluateAnswers } from "./workloads/own/evaluate-answers.ts";
import { parseRows } from "./workloads/own/rows.ts";
import { loadEncoding, type Encoding, type EncodingId } from "./tokens/encodings.ts";

/** A string of a browser holds about half a gigabyte. */
const mostBytes = 400e6;
const encodings = new Map<EncodingId, Promise<Encoding>>();
const post = (event: LabEvent): void => self.postMessage(event);
const progress = (now: LabProgress): void => post({ type: "progress", progress: now });

self.addEventListener("message", ({ data }: MessageEvent<LabCommand>) => {
  post({ type: "started" });
  run(data).then(
    (result) => post({ type: "result", result }),
    (error: unknown) => {
      const { message, hint } = serializeError(error);
      post({ type: "failed", message, ...(hint === undefined ? {} : { hint }) });
    },
  );
});

async function run(command: LabCommand): Promise<unknown> {
  switch (command.call) {
    case "tokenize": {
      const encoding = await encodingOf(command.params.encoding);
      return command.params.texts.map((text) => {
        const ids = encoding.encode(text);
        return { ids, pieces: ids.map((id) => encoding.piece(id)) };
      });
    }
    case "analyseLog":
      return analyse(command.params.file, await encodingOf(command.params.encoding));
    case "evaluate":
      return evaluateAnswers(command.params);
    case "parseRows":
      return parseRows(command.params.text, command.params.source);
    default:
      return assertNever(command);
  }
}

async function analyse(file: Blob, encoding: Encoding): Promise<AnalysedLog> {
  if (file.size > mostBytes) {
    throw new Error(
      `The file has ${Math.round(file.size / 1e6)} MB; up to ${mostBytes / 1e6} MB can be read.`,
    );
  }
  progress({ stage: "reading", done: null, total: null });
  const { requests, problems } = parseLog(await file.text());
  const total = requests.length;
  progress({ stage: "comparing", done: 0, total });
  const meter = new TokenMeter((text) => encoding.encode(text));
  const analysis = analyseLog(requests, meter, (done) =>
    progress({ stage: done < total ? "comparing" : "counting", done, total }),
  );
  return { analysis, problems };
}

function encodingOf(id: EncodingId): Promise<Encoding> {
  const loading = encodings.get(id) ?? loadEncoding(id);
  encodings.set(id, loading);
  // A chunk that did not arrive is asked for again by the next call.
  loading.catch(() => encodings.delete(id));
  return loading;
}
