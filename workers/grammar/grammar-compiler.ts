/** Response formats to constraints on tokens, for one vocabulary. */
import type { CompiledGrammar, GrammarCompiler as XGrammarCompiler } from "@mlc-ai/web-xgrammar";

import { InferscopeError, type ResponseFormat } from "../../protocol/index.ts";
import type { TokenConstraint } from "../engine/request.ts";
import { GrammarConstraint } from "./grammar-constraint.ts";
import { SchemaProblem } from "./ebnf.ts";
import { schemaGrammar } from "./schema-grammar.ts";
import { TextTokens, type Vocabulary } from "./vocabulary.ts";
import { loadXGrammar, takeComplaint } from "./xgrammar.ts";

export type JsonFormat = Exclude<ResponseFormat, { type: "text" }>;

/** Grammars kept ready: as many as a person changes between. */
const mostKept = 16;

/** The format's grammar. Throws `invalid-request` for a schema that decoding cannot be held to. */
export function formatGrammar(format: JsonFormat): string {
  try {
    return schemaGrammar(format.type === "json_object" ? { type: "object" } : format.schema);
  } catch (error) {
    if (error instanceof SchemaProblem) throw schemaError(error.message, error);
    // The stack ran out: on the way down, or in the words about a value.
    if (error instanceof RangeError) throw schemaError("it nests too deep", error);
    throw error;
  }
}

export class GrammarCompiler {
  readonly #vocabulary: Vocabulary;
  readonly #grammars = new Map<string, CompiledGrammar>();
  #tokens: TextTokens | null = null;
  #compiler: Promise<XGrammarCompiler> | null = null;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  /**
   * Constraints for `count` sequences. grammar: of `formatGrammar`. Rejects with `network` where the
   * library cannot be fetched, `invalid-request` for what it refuses.
   */
  async compile(grammarText: string, count: number): Promise<readonly TokenConstraint[]> {
    const library = await loadXGrammar().catch((cause: unknown) => {
      throw new InferscopeError("network", "The grammar compiler did not load.", { cause });
    });
    const grammar = await this.#grammar(grammarText);
    const tokens = this.#textTokens();
    const hasStopToken = this.#vocabulary.stopTokenIds.length > 0;
    return Promise.all(
      Array.from({ length: count }, async () => {
        const matcher = await library.GrammarMatcher.createGrammarMatcher(grammar, undefined, !hasStopToken);
        return new GrammarConstraint(matcher, tokens);
      }),
    );
  }

  /** Constraints in use stay usable. */
  dispose(): void {
    for (const grammar of this.#grammars.values()) grammar.dispose();
    this.#grammars.clear();
    this.#compiler?.then((compiler) => compiler.dispose()).catch(() => undefined);
    this.#compiler = null;
  }

  async #grammar(text: string): Promise<CompiledGrammar> {
    const known = this.#grammars.get(text);
    if (known !== undefined) return known;
    this.#compiler ??= this.#open();
    const compiler = await this.#compiler;
    takeComplaint();
    let grammar: CompiledGrammar;
    try {
      grammar = await compiler.compileGrammar(text);
    } catch (cause) {
      throw schemaError(takeComplaint() ?? String(cause), cause);
    }
    const warning = takeComplaint();
    if (warning !== null) {
      grammar.dispose();
      throw schemaError(warning);
    }
    const [oldest] = this.#grammars;
    if (oldest !== undefined && this.#grammars.size >= mostKept) {
      oldest[1].dispose();
      this.#grammars.delete(oldest[0]);
    }
    this.#grammars.set(text, grammar);
    return grammar;
  }

  #textTokens(): TextTokens {
    return (this.#tokens ??= new TextTokens(this.#vocabulary));
  }

  async #open(): Promise<XGrammarCompiler> {
    const { TokenizerInfo, GrammarCompiler: Compiler } = await loadXGrammar();
    const { vocabSize, stopTokenIds } = this.#vocabulary;
    // Its C++ side takes bytes as well as texts, which its types do not say; only bytes are exact.
    const tokens = [...this.#textTokens().bytes] as readonly unknown[] as string[];
    const info = await TokenizerInfo.createTokenizerInfo(tokens, "raw", false, vocabSize, [...stopTokenIds]);
    const compiler = await Compiler.createGrammarCompiler(info, false);
    info.dispose();
    return compiler;
  }
}

function schemaError(problem: string, cause?: unknown): InferscopeError {
  return new InferscopeError("invalid-request", `The JSON Schema cannot constrain an answer: ${problem}`, {
    hint: "Change the schema; docs/structured-output.md lists what is supported.",
    ...(cause === undefined ? {} : { cause }),
  });
}
