import { describe, expect, it } from "vitest";

import { refusedWrite } from "./model-storage.ts";

const MiB = 2 ** 20;

describe("a write that was refused", () => {
  it("is for want of the site's share where that is used up", () => {
    expect(refusedWrite(2 * MiB, 99 * MiB, 100 * MiB)).toBe(
      "The browser's storage for this site is full: 99 of 100 MiB are taken.",
    );
  });

  it("never calls storage full that has room by the browser's own figures", () => {
    const text = refusedWrite(4 * MiB, 1521 * MiB, 11_761 * MiB);
    expect(text).toContain("refused to store 4.0 MiB");
    expect(text).toContain("1521 of 11761 MiB are taken");
    expect(text).toContain("does not tell pages its true limit");
    expect(text).not.toContain("storage for this site is full");
    expect(refusedWrite(MiB, 99 * MiB, 100 * MiB)).toContain("refused to store");
  });
});
