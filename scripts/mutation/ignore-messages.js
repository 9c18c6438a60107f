/**
 * Stryker's plugin that leaves messages alone, and no other string: a text of two or more words
 * that stand side by side. Tags, names, headers and addresses have none, and are mutated.
 */
const twoWords = /[A-Za-z]{2,}[,:.)'"]* +[('"]*[A-Za-z]/;

export const strykerPlugins = [
  {
    kind: "Ignore",
    name: "messages",
    value: {
      shouldIgnore: ({ node }) => {
        const text = textOf(node);
        return text !== null && twoWords.test(text) ? "a message" : undefined;
      },
    },
  },
];

/** A template's holes count as words. */
function textOf(node) {
  if (node.type === "StringLiteral") return node.value;
  if (node.type === "TemplateLiteral") return node.quasis.map(({ value }) => value.raw).join("xx");
  return null;
}
