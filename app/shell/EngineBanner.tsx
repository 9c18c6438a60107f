import type { SerializedError } from "../../protocol/index.ts";
import { useEngine, useServices } from "../store/services.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorNotice } from "../ui/ErrorNotice.tsx";
import { formatMs } from "../lab/format.ts";
import styles from "./EngineBanner.module.css";

/** What is wrong with the engine and what the page does about it, above every view. */
export function EngineBanner() {
  const { engine } = useServices();
  const load = useEngine((state) => state.load);
  const gpuProblem = useEngine((state) => state.gpuProblem);
  const deviceLost = useEngine((state) => state.deviceLost);
  const crash = useEngine((state) => state.crash);
  const serverWait = useEngine((state) => state.serverWait);
  const refused = useEngine((state) => state.refused);
  const reload = (
    <Button variant="primary" size="small" onClick={() => void engine.actions.loadEmbedded()}>
      Load the embedded model
    </Button>
  );
  return (
    <>
      {load.type === "ready" && load.model.synthetic && (
        <p className={styles["noise"]} role="status">
          <b>Random weights.</b> {load.model.id} has the shape of a model and the times, memory and token
          counts of one; its text is noise, so answers are not judged.
        </p>
      )}
      {gpuProblem !== null && load.type !== "idle" && (
        <ErrorNotice tone="warning" error={noGpuNotice(gpuProblem)} meaning={noGpuMeaning(load.type)} />
      )}
      {serverWait !== null && (
        <p className={styles["noise"]} role="status">
          <b>The server takes no more requests now ({serverWait.status}).</b> Refused {serverWait.numRefused}{" "}
          of at most {serverWait.maxAttempts} times; the next attempt is sent after {formatMs(serverWait.ms)}.
        </p>
      )}
      {deviceLost !== null && (
        <ErrorNotice
          error={{ kind: "device-lost", message: `The GPU device was lost: ${deviceLost.message}` }}
          actions={deviceLost.recovering ? undefined : reload}
        />
      )}
      {crash !== null && load.type !== "ready" && load.type !== "loading" && (
        <ErrorNotice error={crash} actions={reload} />
      )}
      {refused !== null && (
        <ErrorNotice
          error={{ ...refused.error, message: `${refused.label}: ${refused.error.message}` }}
          meaning={`Nothing was loaded from there. ${load.type === "ready" ? `${load.model.id} stays loaded and works as before.` : ""}`}
        />
      )}
      {load.type === "failed" && (
        <ErrorNotice
          error={{ ...load.error, message: `${load.label}: ${load.error.message}` }}
          {...(load.backend === null || load.backend === "paged" ? {} : { meaning: otherFailed })}
          actions={reload}
        />
      )}
    </>
  );
}

const otherFailed = "No model is loaded now. Others load as before; the embedded model needs no network.";

function noGpuMeaning(load: string): string {
  const state = load === "ready" ? "has loaded on the CPU runner" : "is loading on the CPU runner";
  return `The embedded model ${state} instead. Tokens are the same; times are the CPU's and are labelled so.`;
}

/** One plain message for each state without a usable GPU, with what to do. */
function noGpuNotice(error: SerializedError): SerializedError {
  if (error.kind === "no-webgpu" && !window.isSecureContext) {
    return {
      ...error,
      message: "No GPU here: browsers offer WebGPU on secure pages only, and this address is not one.",
      hint: "Open the page over https, or as http://localhost on the machine that serves it.",
    };
  }
  if (error.kind === "no-webgpu") {
    return {
      ...error,
      message: "No GPU here: this browser has no WebGPU.",
      hint: "Use a current Chrome, Edge, Firefox or Safari; older versions lack it or have it switched off.",
    };
  }
  if (error.kind === "no-adapter") {
    return {
      ...error,
      message: "No GPU here: the browser has WebGPU, but offers no adapter.",
      hint: "Switch on hardware acceleration in the browser's settings, update the graphics driver, and on Linux look at chrome://gpu.",
    };
  }
  return error;
}
