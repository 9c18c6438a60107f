/** Whether the app opens without a network, and why not, in words. */
import { assertNever, type InstallProblem } from "../../../protocol/index.ts";
import type { PageFacts } from "./derive.ts";

type OfflineFacts = Pick<PageFacts, "offlineApp" | "update" | "offlineProblem">;

export function offlineText(page: OfflineFacts): string {
  switch (page.offlineApp) {
    case "unsupported":
      return "no: this browser or address has no service worker";
    case "not-stored":
      return "not yet: it is stored once the model is loaded and nothing runs";
    case "storing":
      return "being stored";
    case "stored":
      return "yes, all of it but downloaded models";
    case "failed":
      return page.offlineProblem === null
        ? "no: storing failed, and the browser does not say why"
        : `no: ${problemText(page.offlineProblem)}`;
    default:
      return assertNever(page.offlineApp);
  }
}

export function updateText({ update, offlineApp, offlineProblem }: OfflineFacts): string {
  switch (update) {
    case "none":
      return offlineApp === "stored" && offlineProblem !== null
        ? `one could not be stored, this one stays: ${problemText(offlineProblem)}`
        : "none waits";
    case "waiting":
      return "one waits for a reload";
    case "other-tab":
      return "another tab has taken it: reload";
    default:
      return assertNever(update);
  }
}

function problemText({ reason, file, detail }: InstallProblem): string {
  const name = file ?? "a file";
  switch (reason) {
    case "blocked":
      return "the browser, an extension or a test tool blocks service workers here";
    case "refused":
      return `the browser refused the service worker: ${detail}`;
    case "status":
      return `the server answered ${detail} for ${name}`;
    case "differs":
      return `what the server sent for ${name} (${detail}) is not what was built; perhaps a page in its place`;
    case "unreachable":
      return `${name} could not be fetched`;
    case "full":
      return `the browser gave no room for ${name}`;
    case "other":
      return `${name} could not be stored: ${detail}`;
    default:
      return assertNever(reason);
  }
}
