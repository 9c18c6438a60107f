import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { securityHeaders } from "./scripts/headers.ts";
import { BundledPackages } from "./scripts/licenses.ts";
import { precache } from "./scripts/precache.ts";

const packages = new BundledPackages(import.meta.dirname);

export default defineConfig({
  base: "./",
  plugins: [react(), packages.plugin(), precache(packages)],
  worker: { format: "es", plugins: () => [packages.plugin()] },
  build: { target: "es2023", sourcemap: true, chunkSizeWarningLimit: 7000 },
  server: { host: "127.0.0.1", headers: securityHeaders({ dev: true }) },
});
