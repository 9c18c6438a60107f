/** The content policy of the built app: what a text can no longer become. */
import { expect } from "@playwright/test";

import { test } from "./app-fixture.ts";

test("no text becomes markup or a script, no foreign thread starts, no form leaves the page", async ({
  app: { page },
}) => {
  const told = await page.evaluate(async () => {
    const outcome = (work: () => unknown): string => {
      try {
        work();
        return "done";
      } catch (error) {
        return error instanceof Error ? error.name : String(error);
      }
    };
    const element = document.createElement("div");
    const refused = [
      outcome(() => (element.innerHTML = "<b>text</b>")),
      outcome(() => element.insertAdjacentHTML("beforeend", "<b>text</b>")),
      outcome(() => document.createRange().createContextualFragment("<b>text</b>")),
      outcome(() => (document.createElement("script").text = "1")),
      outcome(() => (document.createElement("script").src = "https://evil.example/x.js")),
      outcome(() => new Worker("data:text/javascript,1")),
      outcome(() => new Worker(URL.createObjectURL(new Blob(["1"])))),
      outcome(() => new Worker("https://evil.example/x.js")),
    ];
    const violation = new Promise<string>((resolve) => {
      // Those of the attempts above are on their way too.
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
        if (effectiveDirective === "form-action") resolve(effectiveDirective);
      });
    });
    const form = document.createElement("form");
    form.action = "https://evil.example/";
    document.body.append(form);
    form.submit();
    const directive = await violation;
    form.remove();
    return { refused, directive, children: element.childNodes.length };
  });
  expect(told.refused).toEqual(told.refused.map(() => "TypeError"));
  expect(told.children).toBe(0);
  expect(told.directive).toBe("form-action");
});
