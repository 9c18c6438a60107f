/**
 * Radix trees in one line. A token is a letter, a block is two letters. Operations:
 *
 *   +abcd      insert, then give up the hold      +abcd=x    insert and keep the hold as x
 *   ?abcd=x    lock the longest cached prefix     x+ef       insert behind what x holds
 *   -x         unlock                             evict:2    evict two blocks
 *
 * printed as `ab*2(cd ef*1)`: edge, lock count where there is one, children in alphabetical order.
 */
import { epochMs } from "../../../protocol/index.ts";
import { BlockManager } from "../block-manager.ts";
import { RadixCache, type RadixNode, sharedSpace } from "../radix-cache.ts";

export const tokensOf = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const textOf = (tokenIds: readonly number[]): string => String.fromCharCode(...tokenIds);

export class RadixTree {
  readonly blocks = new BlockManager(64, 2);
  readonly cache = new RadixCache(this.blocks, () => epochMs(0));
  readonly #holds = new Map<string, RadixNode>();

  run(operations: string): this {
    for (const operation of operations.split(" ")) this.#run(operation);
    return this;
  }

  match(text: string, maxNumBlocks = 99): string {
    const { numTokens } = this.cache.matchPrefix(sharedSpace, tokensOf(text), maxNumBlocks);
    return text.slice(0, numTokens);
  }

  print(): string {
    const nodes = this.cache.snapshot();
    const print = (parentId: number | null): string =>
      nodes
        .filter((node) => node.parentId === parentId)
        .map((node) => {
          const locks = node.lockCount > 0 ? `*${node.lockCount}` : "";
          const children = print(node.id);
          return `${textOf(node.tokenIds)}${locks}${children === "" ? "" : `(${children})`}`;
        })
        .sort()
        .join(" ");
    return print(null);
  }

  #run(operation: string): void {
    const [action = "", name] = operation.split("=");
    const [before = "", text] = action.split("+");
    if (text !== undefined) {
      const node = this.#insert(this.#holds.get(before) ?? this.#lock("", 0), text);
      this.#keep(node, name ?? before);
    } else if (action.startsWith("?")) this.#keep(this.#lock(action.slice(1), 99), name ?? "");
    else if (action.startsWith("-")) this.cache.unlock(this.#hold(action.slice(1)));
    else if (action.startsWith("evict:")) this.cache.evict(Number(action.slice("evict:".length)));
    else throw new Error(`unknown operation: ${operation}`);
  }

  #keep(node: RadixNode, name: string): void {
    if (name === "") this.cache.unlock(node);
    else this.#holds.set(name, node);
  }

  #hold(name: string): RadixNode {
    const node = this.#holds.get(name);
    if (node === undefined) throw new Error(`nothing is held as ${name}`);
    this.#holds.delete(name);
    return node;
  }

  #lock(text: string, maxNumBlocks: number): RadixNode {
    return this.cache.lock(this.cache.matchPrefix(sharedSpace, tokensOf(text), maxNumBlocks));
  }

  #insert(held: RadixNode, text: string): RadixNode {
    return this.cache.insert(held, tokensOf(text), this.blocks.allocate(text.length / 2)).node;
  }
}
