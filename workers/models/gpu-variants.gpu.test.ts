import { afterAll, expect, it } from "vitest";

import { testDevice } from "../gpu/testing/device.ts";
import { chooseVariants } from "./gpu-variants.ts";

const device = testDevice();
afterAll(async () => (await device()).destroy());

it("checks every variant against the plain one and chooses one of each kernel", async () => {
  const { variants, reports } = await chooseVariants(await device(), { tryAll: true });
  expect(reports.map(({ kernel, variant }) => `${kernel} ${variant}`)).toEqual([
    "rms-norm plain",
    "rms-norm wide",
    "matmul plain",
    "matmul sliced",
    ...((await device()).hasF16 ? ["matmul plain-f16", "matmul sliced-f16"] : []),
    "paged-attention plain",
    "paged-attention wide",
    "sample plain",
    "sample wide",
  ]);
  expect(reports.filter(({ status }) => status === "failed")).toEqual([]);
  expect(reports.filter(({ status }) => status === "chosen").map(({ variant }) => variant)).toEqual([
    variants.rmsNorm,
    variants.matmul,
    variants.attention,
    variants.sample,
  ]);
}, 300_000);
