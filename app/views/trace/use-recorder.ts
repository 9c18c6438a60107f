import { useEffect, useRef, useState } from "react";

import {
  serializeError,
  type Generation,
  type KernelProfile,
  type SerializedError,
} from "../../../protocol/index.ts";
import { useServices } from "../../store/services.tsx";

export interface Recorder {
  readonly running: boolean;
  readonly error: SerializedError | null;
  /** Of the last profiled run; null before it. */
  readonly profile: KernelProfile | null;
  record(prompt: string, numTokens: number): void;
  /** The same, each dispatch timed. */
  profileKernels(prompt: string, numTokens: number): void;
  cancel(): void;
}

/** Runs one prompt, greedily and past its end, without the prefix cache: the same steps each time. */
export function useRecorder(): Recorder {
  const { inferscope, client } = useServices();
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<SerializedError | null>(null);
  const [profile, setProfile] = useState<KernelProfile | null>(null);
  const generation = useRef<Generation | null>(null);
  // Leaving the view ends the run.
  useEffect(() => () => generation.current?.abort(), []);

  const run = async (prompt: string, maxTokens: number) => {
    generation.current = inferscope.generate({
      messages: [{ role: "user", content: prompt }],
      sampling: { maxTokens, ignoreEos: true },
      usePrefixCache: false,
    });
    await generation.current.result;
  };
  const profiled = async (prompt: string, maxTokens: number) => {
    await client.call("startProfile", null);
    try {
      await run(prompt, maxTokens);
    } finally {
      setProfile(await client.call("stopProfile", null));
    }
  };
  const guarded = (work: () => Promise<void>) => {
    setRunning(true);
    setError(null);
    work()
      .catch((cause: unknown) => setError(serializeError(cause)))
      .finally(() => setRunning(false));
  };
  return {
    running,
    error,
    profile,
    record: (prompt, numTokens) => guarded(() => run(prompt, numTokens)),
    profileKernels: (prompt, numTokens) => guarded(() => profiled(prompt, numTokens)),
    cancel: () => generation.current?.abort(),
  };
}
