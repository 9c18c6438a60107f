/** Texts whose tokens are counted, by kind. Our own, written for this. */
export interface SampleText {
  readonly kind: "prose" | "list" | "data" | "code";
  readonly text: string;
}

export const proseTexts: readonly string[] = [
  "The baker opened the shop before sunrise and put the first loaves on the shelf by the window. By seven the street smelled of warm bread, and the people who walked past on their way to work slowed down, looked in, and often came back a minute later with a coin in their hand.",
  "A river does not choose its way. It follows the slope of the land, takes what is loose, and leaves what is heavy. After a thousand years the valley looks as if it had been planned, although nobody planned it, and the villages stand where the water was slow enough to let them stay.",
  "When the committee met again in autumn, the question was no longer whether the bridge should be repaired but who would pay for it. The engineer showed photographs of the cracks. The treasurer showed a table with fewer numbers than everybody had hoped for.",
  "My grandmother kept her recipes in a tin box that once held biscuits. Most of them name no amounts: some flour, enough butter, an oven that is hot. She said that hands remember better than paper, and that a cake which turns out the same every time is no fun to bake.",
  "Please read the customer's message below carefully, decide which department should answer it, and write a short and friendly reply in the same language. If something important is missing, ask for it. Do not promise anything that the terms of service do not allow.",
  "Sound travels about four times faster in water than in air, which is why a swimmer who hears a motor cannot tell where it comes from: the sound reaches both ears at almost the same moment, and the brain, which is used to a small delay, finds none.",
];

export const mixedTexts: readonly SampleText[] = [
  ...proseTexts.slice(0, 3).map((text): SampleText => ({ kind: "prose", text })),
  {
    kind: "list",
    text: "Name: Rosa Lindqvist-Okafor\nPhone: +49 30 5557 0192\nOrder: #A-20931-77\nMail: rosa.lindqvist@northwind-logistics.example\nDelivered: 2026-03-14 18:42:07",
  },
  {
    kind: "data",
    text: '{"user":{"id":48213,"tags":["outdoor","chess"],"views":{"hiking":9,"music":4}},"cart":[{"sku":"TENT-2P-GRN","qty":1,"price":189.95}],"ts":1767258000}',
  },
  {
    kind: "code",
    text: "export function quantile(xs: number[], q: number): number {\n  const s = [...xs].sort((a, b) => a - b);\n  const i = (s.length - 1) * q;\n  return s[Math.floor(i)] + (i % 1) * (s[Math.ceil(i)] - s[Math.floor(i)]);\n}",
  },
];

/** Runs of anything but white space: what a word processor counts. */
export const numWords = (text: string): number => text.split(/\s+/u).filter((word) => word !== "").length;
