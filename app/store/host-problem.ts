/** What is wrong with an address to fetch from, in words, or null. Plain http stays on this machine. */
export function hostProblem(text: string): string | null {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return "That is not an address: write it with https:// in front.";
  }
  if (url.username !== "" || url.password !== "") return "An address with a user name would be sent along.";
  if (url.search !== "" || url.hash !== "") return "The address goes on with file names: leave out ? and #.";
  if (url.protocol === "https:") return null;
  if (url.protocol !== "http:") return `Only https can be fetched, not ${url.protocol}`;
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
    ? null
    : "Plain http is for this machine only (localhost, 127.0.0.1): use https.";
}
