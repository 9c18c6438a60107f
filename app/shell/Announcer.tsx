import { useEngine } from "../store/services.tsx";

/** Says what changed about the engine to those who do not see it; states only, never per token. */
export function Announcer() {
  const text = useEngine(({ load }) => {
    switch (load.type) {
      case "idle":
        return "";
      case "loading":
        return `${load.label} is loading.`;
      case "ready":
        return `${load.model.id} is ready${load.model.runner === "cpu" ? " on the CPU" : ""}.`;
      case "failed":
        return `${load.label} did not load.`;
    }
  });
  return (
    <div className="visually-hidden" aria-live="polite">
      {text}
    </div>
  );
}
