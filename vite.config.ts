import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { securityHeaders } from "./scripts/headers.ts";
import { precache } from "./scripts/precache.ts";

export default defineConfig({
  base: "./",
  plugins: [react(), precache()],
  worker: { format: "es" },
  build: { target: "es2023", sourcemap: true, chunkSizeWarningLimit: 7000 },
  server: { host: "127.0.0.1", headers: securityHeaders({ dev: true }) },
});
