import { DataTable, type Column } from "../../ui/DataTable.tsx";
import { formatNumber, unknown } from "../../lab/format.ts";
import { ratiosOf, type SectionRow } from "./derive.ts";
import { tokenizerIds, type TokenizerId } from "./use-token-counts.ts";

const names: Readonly<Record<TokenizerId, string>> = {
  model: "Loaded model",
  o200k: "o200k",
  cl100k: "cl100k",
};
const count = (value: number | null): string => (value === null ? unknown : value.toLocaleString("en-US"));

const columns: readonly Column<SectionRow>[] = [
  { key: "title", header: "Section", cell: ({ title }) => title },
  {
    key: "words",
    header: "Words",
    align: "right",
    formula: "runs of letters, digits and apostrophes",
    cell: ({ size }) => count(size.words),
  },
  {
    key: "characters",
    header: "Characters",
    align: "right",
    formula: "Unicode code points",
    cell: ({ size }) => count(size.characters),
  },
  ...tokenizerIds.map((id): Column<SectionRow> => ({
    key: id,
    header: `${names[id]} tokens`,
    align: "right",
    cell: ({ tokens }) => count(tokens[id]),
  })),
];

/** Section by section; the whole can differ from the sum, as tokens reach across the joints. */
export function SectionTable({ rows }: { rows: readonly SectionRow[] }) {
  return (
    <DataTable caption="Tokens of each section" columns={columns} rows={rows} rowKey={({ title }) => title} />
  );
}

interface MeasureRow {
  readonly name: string;
  readonly tokens: number | null;
  readonly perWord: number | null;
  readonly perCharacters: number | null;
  readonly characters: number | null;
}

const measureColumns: readonly Column<MeasureRow>[] = [
  { key: "name", header: "Tokenizer", cell: ({ name }) => name },
  {
    key: "perWord",
    header: "Tokens a word",
    align: "right",
    formula: "tokens / words",
    cell: ({ perWord }) => formatNumber(perWord),
  },
  {
    key: "characters",
    header: "Characters a token",
    align: "right",
    formula: "characters / tokens",
    cell: ({ characters }) => formatNumber(characters),
  },
  {
    key: "perCharacters",
    header: "Tokens in 1,000 characters",
    align: "right",
    formula: "1000 · tokens / characters",
    cell: ({ perCharacters }) => formatNumber(perCharacters),
  },
];

/** Words against tokens against characters, of the whole prompt. */
export function Measures({ rows }: { rows: readonly SectionRow[] }) {
  const whole = rows.at(-1);
  if (whole === undefined) return null;
  const measures = tokenizerIds.map((id): MeasureRow => {
    const ratios = ratiosOf(whole.size, whole.tokens[id]);
    return {
      name: names[id],
      tokens: whole.tokens[id],
      perWord: ratios.tokensPerWord,
      perCharacters: ratios.tokensPerThousandCharacters,
      characters: ratios.charactersPerToken,
    };
  });
  return (
    <DataTable
      caption="Words, tokens and characters of the whole prompt"
      columns={measureColumns}
      rows={measures}
      rowKey={({ name }) => name}
    />
  );
}
