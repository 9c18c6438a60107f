/**
 * A page that is driven by the browser's own protocol. Playwright tells every page of its own that it
 * has the focus, and such a page can be neither hidden nor frozen.
 */
import type { Browser, CDPSession } from "@playwright/test";

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
}

export class RawPage {
  readonly #browser: CDPSession;
  readonly #sessionId: string;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #nextId = 1;

  static async open(browser: Browser, url: string): Promise<RawPage> {
    const session = await browser.newBrowserCDPSession();
    const { targetId } = await session.send("Target.createTarget", { url });
    const { sessionId } = await session.send("Target.attachToTarget", { targetId, flatten: false });
    return new RawPage(session, sessionId);
  }

  private constructor(browser: CDPSession, sessionId: string) {
    this.#browser = browser;
    this.#sessionId = sessionId;
    browser.on("Target.receivedMessageFromTarget", ({ message }) => {
      const reply = JSON.parse(message) as Reply;
      if (reply.id !== undefined) this.#waiting.get(reply.id)?.(reply);
    });
  }

  async send(method: string, params: object = {}): Promise<unknown> {
    const id = this.#nextId++;
    const replied = new Promise<Reply>((resolve) => this.#waiting.set(id, resolve));
    const message = JSON.stringify({ id, method, params });
    await this.#browser.send("Target.sendMessageToTarget", { sessionId: this.#sessionId, message });
    const { result, error } = await replied;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** An expression's value, or what its promise resolves with. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const told = (await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as Evaluated;
    if (told.exceptionDetails !== undefined) {
      throw new Error(told.exceptionDetails.exception?.description ?? "the page threw");
    }
    return told.result.value as Value;
  }
}
