/** What axe finds. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

export const colorSchemes = ["light", "dark"] as const;
export type ColorScheme = (typeof colorSchemes)[number];

/** `npm run soak` looks at everything in both themes, and at every state. */
export const isLongRun = process.env["INFERSCOPE_SOAK"] === "1";

interface Looking {
  /** Only in there. */
  readonly within?: string;
  /** `serious`: of what WCAG A and AA ask; `all`: also what axe calls good practice. */
  readonly level?: "serious" | "all";
}

/**
 * The page in a theme, which it is left in. Themes differ in colours alone (`styles/tokens.css`), so the
 * second one is looked at for its contrast alone; the rules that read the document have read it already.
 */
export async function findings(
  page: Page,
  colorScheme: ColorScheme,
  { within = "body", level = "serious" }: Looking = {},
): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme });
  const builder = new AxeBuilder({ page }).include(within);
  if (colorScheme === "dark" && !isLongRun) builder.withRules(["color-contrast"]);
  else if (level === "serious") builder.withTags(["wcag2a", "wcag2aa"]);
  const { violations } = await builder.analyze();
  return violations
    .filter(({ impact }) => level === "all" || impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
