import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { now, serializeError, trustOwnScripts, type Inferscope } from "../protocol/index.ts";
import { App } from "./App.tsx";
import { createEngineClient } from "./client/engine-client.ts";
import { createServices } from "./create-services.ts";
import type { LeaseState } from "./store/engine-port.ts";
import { logError } from "./store/error-log.ts";
import { ServicesProvider } from "./store/services.tsx";
import { Boundary } from "./ui/Boundary.tsx";
import "./styles/global.css";

declare global {
  interface Window {
    inferscope: Inferscope;
  }
}

trustOwnScripts(window, new URL("./", document.baseURI).href);
const services = createServices(createEngineClient());
window.inferscope = services.inferscope;

const root = document.getElementById("root");
if (root === null) throw new Error("index.html lacks #root");
createRoot(root, {
  onCaughtError: (cause) => {
    console.error(cause);
    const { kind, message } = serializeError(cause);
    logError(services.errors, { atMs: now(), where: "view", kind, message });
  },
}).render(
  <StrictMode>
    <Boundary name="The page">
      <ServicesProvider services={services}>
        <App />
      </ServicesProvider>
    </Boundary>
  </StrictMode>,
);

const { engine, lease, offline } = services;
/** A tab that gets the engine loads its model, at the start and when it takes over. */
const followLease = (state: LeaseState) => {
  if (state === "asking") return;
  const hasModel = engine.store.getState().load.type === "ready";
  const loaded = state === "held" && !hasModel ? engine.actions.loadLast() : Promise.resolve();
  void loaded.then(() => offline.start());
};
lease.onState(followLease);
followLease(lease.state);
