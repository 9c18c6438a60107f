/**
 * The content policy lets no text become markup, and no address a script, unless the policy below says so
 * (Trusted Types). It lets threads be started from the app's own files, and nothing else.
 */
interface PolicyFactory {
  createPolicy(name: string, rules: { readonly createScriptURL: (url: string) => string }): unknown;
}

/**
 * To be called once in each thread that starts others, before it does. `scope`: the thread's global object;
 * browsers without Trusted Types have no `trustedTypes` there. `folder`: the app's, with a slash at its end.
 */
export function trustOwnScripts(scope: object, folder: string): void {
  const { trustedTypes } = scope as { readonly trustedTypes?: PolicyFactory };
  // The default policy is asked wherever a text is given, so that `new Worker(new URL(…))` stays as bundlers know it.
  trustedTypes?.createPolicy("default", {
    createScriptURL: (url) => {
      if (isBelow(url, folder)) return url;
      throw new TypeError(`${url} is no script of this app`);
    },
  });
}

/** Both absolute. A folder's address with `..` behind it has been resolved by who made it a URL. */
function isBelow(url: string, folder: string): boolean {
  return url.startsWith(folder) && !url.includes("/../");
}
