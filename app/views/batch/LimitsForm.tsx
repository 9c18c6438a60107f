import { useStore } from "zustand";

import { defaultLimitSettings, limitProblem, type LimitSettings } from "../../lab/limits/settings.ts";
import { CommitField, FieldGrid, Select } from "../../ui/Fields.tsx";
import styles from "./batch.module.css";
import type { LimitsSession } from "./limits-session.ts";

const windows = [
  { value: "60", label: "60 s" },
  { value: "10", label: "10 s" },
  { value: "1", label: "1 s" },
] as const;

/** A number, or nothing for no limit. */
const toLimit = (text: string): number | null => (text.trim() === "" ? null : Number(text));

/** Limits, concurrency and retries of the next run. */
export function LimitsForm({ session, disabled }: { session: LimitsSession; disabled: boolean }) {
  const settings = useStore(session.store, (state) => state.settings);
  const { limits, concurrency, retry, load } = settings;
  const seconds = windows.find(({ value }) => 1000 * Number(value) === limits.windowMs)?.value ?? "60";
  const number = (
    label: string,
    help: string,
    value: number | null,
    toChange: (text: string) => Partial<LimitSettings>,
  ) => {
    const changed = toChange(value === null ? "" : String(value));
    return (
      <CommitField
        label={label}
        help={help}
        value={value === null ? "" : String(value)}
        invalid={limitProblem({ ...defaultLimitSettings, ...changed }) !== null}
        onCommit={(text) => session.set(toChange(text))}
      />
    );
  };
  return (
    <fieldset className={styles["fields"]} disabled={disabled} aria-label="Rate limits">
      <FieldGrid>
        {number("Requests to send", "How many are sent in each arm, 1 to 200", load.numRequests, (text) => ({
          load: { ...load, numRequests: Number(text) },
        }))}
        {number(
          "Requests a minute",
          "Starts in any window; empty: no limit",
          limits.requestsPerMinute,
          (text) => ({
            limits: { ...limits, requestsPerMinute: toLimit(text) },
          }),
        )}
        {number(
          "Tokens a minute",
          "Prompt tokens and the most output tokens asked for; empty: no limit",
          limits.tokensPerMinute,
          (text) => ({ limits: { ...limits, tokensPerMinute: toLimit(text) } }),
        )}
        <Select
          label="Enforced over"
          help="The sliding window. Some providers enforce 600 a minute as 10 a second."
          value={seconds}
          options={windows}
          onChange={(value) => session.set({ limits: { ...limits, windowMs: 1000 * Number(value) } })}
        />
        {number("In flight", "Calls at once in the parallel arm, 1 to 64", concurrency, (text) => ({
          concurrency: Number(text),
        }))}
        {number(
          "Attempts",
          "Of a call that fails in a way that may go away, the first included",
          retry.maxAttempts,
          (text) => ({
            retry: { ...retry, maxAttempts: Number(text) },
          }),
        )}
        {number(
          "Retry wait, ms",
          "The bound of the first random wait; it doubles with each attempt",
          retry.baseMs,
          (text) => ({
            retry: { ...retry, baseMs: Number(text) },
          }),
        )}
        {number(
          "Retry wait at most, ms",
          "What a server asks for is waited whatever it is",
          retry.capMs,
          (text) => ({
            retry: { ...retry, capMs: Number(text) },
          }),
        )}
      </FieldGrid>
    </fieldset>
  );
}
