/**
 * The response headers every page and script of the app is served with: isolation for a
 * 5 us clock, and the content policy (a `<meta>` policy would not reach the worker).
 * `dev` loosens what Vite's hot reload needs.
 */
export function securityHeaders({ dev }: { dev: boolean }): Record<string, string> {
  const script = dev
    ? "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'"
    : "script-src 'self' 'wasm-unsafe-eval'";
  const connect = dev ? "connect-src 'self' https: http: ws:" : "connect-src 'self' https: http:";
  return {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": [
      "default-src 'self'",
      script,
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data: blob:",
      "font-src 'self' data:",
      "worker-src 'self'",
      connect,
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      // Vite's hot reload writes markup. What the built app may do: protocol/trusted-scripts.ts.
      ...(dev ? [] : ["require-trusted-types-for 'script'", "trusted-types default"]),
      "frame-ancestors 'none'",
    ].join("; "),
  };
}
