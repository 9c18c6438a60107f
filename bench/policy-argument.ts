/** The option `--policy` of several experiments. */

/** As given; the engine checks it. */
export type PolicyArgument = Readonly<Record<string, string | number | boolean>>;

/** Reads `prefixCache=false,batching=none`. Throws with what is wrong, in words. */
export function parsePolicy(text: string | undefined): PolicyArgument {
  if (text === undefined) return {};
  return Object.fromEntries(
    text.split(",").map((setting) => {
      const [key = "", value, ...rest] = setting.split("=");
      if (value === undefined || value === "" || rest.length > 0) {
        throw new Error(`--policy has "${setting}", use name=value, as in prefixCache=false,batching=none`);
      }
      return [key.trim(), parseValue(value.trim())];
    }),
  );
}

function parseValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
