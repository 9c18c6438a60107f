/** An engine whose answers the test gives, to see what the server makes of them and what it asks. */
import type { ModelInfo, RequestId, SubmittedRequest } from "../../../protocol/index.ts";
import type { RequestListener } from "../engine-thread-client.ts";

export interface Submitted {
  readonly request: SubmittedRequest;
  readonly tell: RequestListener;
  readonly isWanted: () => boolean;
}

export class ScriptedEngine {
  readonly model = { id: "scripted", contextWindow: 1024 } as ModelInfo;
  readonly submitted: Submitted[] = [];
  readonly aborted: RequestId[] = [];

  submit(request: SubmittedRequest, tell: RequestListener, isWanted: () => boolean): Promise<void> {
    this.submitted.push({ request, tell, isWanted });
    return Promise.resolve();
  }

  abort(requestId: RequestId): void {
    this.aborted.push(requestId);
  }
}
