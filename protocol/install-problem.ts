/** Why a version of the app could not be stored for visits without a network. */
export interface InstallProblem {
  /**
   * `blocked`: no service worker was given, without a word; `refused`: with one; of a file: `status` is the
   * server's, `differs` is no byte-for-byte copy of what was built, `unreachable`, `full` (no room was given).
   */
  readonly reason: "blocked" | "refused" | "status" | "differs" | "unreachable" | "full" | "other";
  /** Below the app's folder; null where it is about none. */
  readonly file: string | null;
  /** The status, or the browser's words. */
  readonly detail: string;
}

/** What the service worker tells the pages when it gives up. */
export interface InstallFailed {
  readonly type: "INSTALL_FAILED";
  readonly problem: InstallProblem;
}
