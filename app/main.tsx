import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import type { Inferscope } from "../protocol/index.ts";
import { App } from "./App.tsx";
import { createEngineClient } from "./client/engine-client.ts";
import { createServices } from "./create-services.ts";
import { ServicesProvider } from "./store/services.tsx";
import "./styles/global.css";

declare global {
  interface Window {
    inferscope: Inferscope;
  }
}

const services = createServices(createEngineClient());
window.inferscope = services.inferscope;

const root = document.getElementById("root");
if (root === null) throw new Error("index.html lacks #root");
createRoot(root).render(
  <StrictMode>
    <ServicesProvider services={services}>
      <App />
    </ServicesProvider>
  </StrictMode>,
);

void services.engine.actions.loadEmbedded().then(() => services.offline.start());
