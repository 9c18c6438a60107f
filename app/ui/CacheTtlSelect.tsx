import { Select } from "./Fields.tsx";
import { formatNumber } from "../lab/format.ts";

/** Short ones to watch, then those of providers. */
const presets = [5, 30, 60, 300, 600, 3600];

interface CacheTtlSelectProps {
  /** Seconds; null: nothing expires. */
  value: number | null;
  onChange: (ttlSeconds: number | null) => void;
}

/** How long a cached prefix is kept without use; a time that was set elsewhere is listed too. */
export function CacheTtlSelect({ value, onChange }: CacheTtlSelectProps) {
  const seconds = value === null || presets.includes(value) ? presets : [value, ...presets];
  const options = [
    { value: "never", label: "Never" },
    ...seconds.map((each) => ({ value: String(each), label: ttlText(each) })),
  ];
  return (
    <Select
      label="Entries expire"
      help="cacheTtlSeconds: a cached prefix that was not used for so long is not found again"
      value={value === null ? "never" : String(value)}
      options={options}
      onChange={(next) => onChange(next === "never" ? null : Number(next))}
    />
  );
}

function ttlText(seconds: number): string {
  if (seconds % 3600 === 0) return `after ${seconds / 3600} h`;
  if (seconds % 60 === 0) return `after ${seconds / 60} min`;
  return `after ${formatNumber(seconds)} s`;
}
