import { useState } from "react";

import { defaultSampling, type SamplingParams } from "../../../protocol/index.ts";
import { useServices, useSettings } from "../../store/services.tsx";
import { samplingLimits as limits } from "../../store/settings-store.ts";
import { Button } from "../../ui/Button.tsx";
import { FieldGrid, NumberField, Slider, Switch, TextField } from "../../ui/Fields.tsx";
import styles from "./SamplingPanel.module.css";
import { formatStopStrings, parseStopStrings } from "../../ui/stop-strings.ts";

export function SamplingPanel() {
  const { settings } = useServices();
  const sampling = useSettings((state) => state.sampling);
  const [reset, setReset] = useState(0);
  const set = (change: Partial<SamplingParams>) =>
    settings.setState({ sampling: { ...sampling, ...change } });
  return (
    <>
      <FieldGrid key={`fields-${reset}`}>
        <Slider
          label="Temperature"
          help="0 is greedy: always the most likely token"
          value={sampling.temperature}
          {...limits.temperature}
          onChange={(temperature) => set({ temperature })}
        />
        <Slider
          label="Top-p"
          help="Keep the smallest set of tokens whose probability reaches this; 1 keeps all"
          value={sampling.topP}
          {...limits.topP}
          onChange={(topP) => set({ topP })}
        />
        <NumberField
          label="Top-k"
          help="Keep the k most likely tokens; 0 keeps all"
          value={sampling.topK}
          {...limits.topK}
          onChange={(topK) => set({ topK })}
        />
        <NumberField
          label="Max tokens"
          value={sampling.maxTokens}
          {...limits.maxTokens}
          onChange={(maxTokens) => set({ maxTokens })}
        />
        <NumberField
          label="Seed"
          help="Same seed, prompt and parameters: same tokens"
          value={sampling.seed}
          {...limits.seed}
          onChange={(seed) => set({ seed })}
        />
        <NumberField
          label="Samples (n)"
          help="Answers to one request; they share the prompt's blocks"
          value={sampling.n}
          {...limits.n}
          onChange={(n) => set({ n })}
        />
      </FieldGrid>
      <StopField key={`stop-${reset}`} stop={sampling.stop} onChange={(stop) => set({ stop })} />
      <Switch
        label="Go on past the end (for measurements)"
        checked={sampling.ignoreEos}
        onChange={(ignoreEos) => set({ ignoreEos })}
      />
      {sampling.n > 1 && sampling.temperature === 0 && (
        <p className={styles["note"]}>
          Greedy samples are all the same. A temperature above 0 draws sample i with seed + i.
        </p>
      )}
      <Button
        size="small"
        variant="ghost"
        onClick={() => {
          settings.setState({ sampling: defaultSampling });
          setReset(reset + 1);
        }}
      >
        Reset to defaults
      </Button>
    </>
  );
}

interface StopFieldProps {
  stop: readonly string[];
  onChange: (stop: readonly string[]) => void;
}

/** Keeps what is typed as it is typed; only good strings are reported. */
function StopField({ stop, onChange }: StopFieldProps) {
  const [text, setText] = useState(() => formatStopStrings(stop));
  return (
    <TextField
      label="Stop strings, separated by |"
      help="Generation ends before the first of them; \n is a line break"
      value={text}
      problem={parseStopStrings(text).problem}
      onChange={(next) => {
        setText(next);
        const parsed = parseStopStrings(next);
        if (parsed.problem === null) onChange(parsed.stop);
      }}
    />
  );
}
