import type { RunnerName } from "../../../protocol/index.ts";
import { Select } from "../../ui/Fields.tsx";

const runners = [
  { value: "gpu", label: "GPU (WebGPU)" },
  { value: "cpu", label: "CPU (reference, slow)" },
] as const;

interface RunnerSelectProps {
  runner: RunnerName;
  setRunner: (runner: RunnerName) => void;
}

/** What our engine computes on. */
export function RunnerSelect({ runner, setRunner }: RunnerSelectProps) {
  return <Select label="Runner" value={runner} options={runners} onChange={setRunner} />;
}
