/** What the command palette offers, and how it searches. Pure. */
export interface PaletteCommand {
  readonly id: string;
  readonly title: string;
  /** Where it belongs: "Go to", "Theme". */
  readonly group: string;
  /** It leads to another view: the focus goes into it, since where it was is gone. */
  readonly leads?: true;
  readonly run: () => void;
}

/** Commands that hold every word of the query, in any order; their order stays. */
export function searchCommands(
  commands: readonly PaletteCommand[],
  query: string,
): readonly PaletteCommand[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return commands.filter(({ title, group }) => {
    const text = `${group} ${title}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
