import { describe, expect, it } from "vitest";

import { InferscopeError } from "../../../protocol/index.ts";
import { fetchError, isFetchFailure, libraryError, toInferscopeError } from "./errors.ts";

const named = (name: string, message = "words of WebLLM") => Object.assign(new Error(message), { name });

describe("errors of WebLLM", () => {
  it.each([
    ["ModelNotFoundError", "invalid-request"],
    ["WebGPUNotAvailableError", "no-webgpu"],
    ["ShaderF16SupportError", "missing-feature"],
    ["FeatureSupportError", "missing-feature"],
    ["DeviceLostError", "out-of-memory"],
    ["QuotaExceededError", "storage-quota"],
    ["SecurityError", "storage-quota"],
    ["IntegrityError", "corrupt-shard"],
    ["ContextWindowSizeExceededError", "request-too-large"],
    ["LinkError", "bad-config"],
    ["SystemMessageOrderError", "invalid-request"],
    ["SomethingNew", "internal"],
  ])("%s is %s, in its own words", (name, kind) => {
    const error = toInferscopeError(named(name));
    expect(error).toMatchObject({ kind, message: "WebLLM: words of WebLLM", details: { error: name } });
  });

  it.each([
    ["Unable to find a compatible GPU. This issue might be", "no-adapter"],
    ["Cannot initialize runtime because of requested maxBufferSize exceeds limit.", "device-limit"],
    ["Failed to execute 'put' on 'Cache': Quota exceeded.", "storage-quota"],
    ["Cannot allocate 1000 bytes in Wasm memory", "out-of-memory"],
  ])("%s is %s", (message, kind) => {
    expect(toInferscopeError(new Error(message)).kind).toBe(kind);
  });

  it("tells a setting out of range from a browser out of memory", () => {
    expect(toInferscopeError(named("RangeError", "top_p must be in (0, 1]")).kind).toBe("invalid-request");
    expect(toInferscopeError(new RangeError("Array buffer allocation failed")).kind).toBe("out-of-memory");
  });

  it("passes typed errors through, and takes what is no error", () => {
    const typed = new InferscopeError("network", "gone");
    expect(toInferscopeError(typed)).toBe(typed);
    expect(toInferscopeError("Engine.unload() is called.").message).toBe(
      "WebLLM: Engine.unload() is called.",
    );
  });

  it("blames the library for what WebLLM cannot name while it comes up", () => {
    const error = libraryError(new TypeError("inst.exports.start is not a function"));
    expect(error).toMatchObject({
      kind: "bad-config",
      hint: expect.stringContaining("another version") as string,
    });
    expect(libraryError(new RangeError("Array buffer allocation failed")).kind).toBe("out-of-memory");
  });

  it("knows a failed fetch in each browser's words", () => {
    expect(isFetchFailure(new TypeError("Failed to fetch"))).toBe(true);
    expect(isFetchFailure(new TypeError("Failed to execute 'add' on 'Cache': Request failed"))).toBe(true);
    expect(isFetchFailure(new TypeError("NetworkError when attempting to fetch resource."))).toBe(true);
    expect(isFetchFailure(new TypeError("Load failed"))).toBe(true);
    expect(isFetchFailure(new TypeError("x is not a function"))).toBe(false);
    expect(isFetchFailure(new Error("Failed to fetch"))).toBe(false);
  });

  const library = "https://libraries.example/a.wasm";

  it("names the host that was not reached, and says when the device is offline", () => {
    const failure = new TypeError("Failed to fetch");
    const online = fetchError(failure, "library", library, true);
    expect(online.kind).toBe("network");
    expect(online.message).toBe(
      "WebLLM could not fetch the model's library from libraries.example: Failed to fetch",
    );
    expect(online.hint).toContain("libraries.example");
    expect(fetchError(failure, "library", library, false).message).toContain("offline");
  });
});
