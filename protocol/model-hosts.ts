/** Where models and WebLLM's compiled libraries come from: a mirror or a folder may serve them. */
export interface ModelHosts {
  /** Takes the place of `https://huggingface.co/`; ends with a slash. */
  readonly models: string;
  /** Takes the place of the folder of WebLLM's libraries; ends with a slash. */
  readonly libraries: string;
}

export const defaultModelHosts: ModelHosts = {
  models: "https://huggingface.co/",
  libraries: "https://raw.githubusercontent.com/mlc-ai/binary-mlc-llm-libs/main/",
};

/**
 * An address as it is fetched: below the user's hosts where it was below the usual ones. The page
 * of a model (OWNER/NAME) becomes the folder of its files, which elsewhere nobody could tell.
 */
export function hostedUrl(url: string, hosts: ModelHosts): string {
  for (const kind of ["models", "libraries"] as const) {
    const usual = defaultModelHosts[kind];
    if (!url.startsWith(usual) || hosts[kind] === usual) continue;
    const rest = url.slice(usual.length);
    return hosts[kind] + (kind === "models" && /^[^/]+\/[^/]+\/?$/.test(rest) ? webLlmFolder(rest) : rest);
  }
  return url;
}

/**
 * The folder that WebLLM reads for a model's address, with a slash at its end. Its `cleanModelUrl`
 * adds `resolve/main/` to every address without a revision, on any host; our engine follows it, so
 * that both find one copy.
 */
export function webLlmFolder(model: string): string {
  const folder = model.endsWith("/") ? model : `${model}/`;
  return /.+\/resolve\/.+\//.test(folder) ? folder : `${folder}resolve/main/`;
}
