import { lazy, Suspense, type ComponentType, type ReactNode } from "react";

import { Boundary } from "./Boundary.tsx";

/**
 * A part of the page in a chunk of its own, fetched when it is first shown, with its own boundary.
 * name: "Compare", "The chart". fallback: stands there until the chunk is.
 */
export function lazyPart<Props extends object>(
  name: string,
  load: () => Promise<ComponentType<Props>>,
  fallback: ReactNode = null,
): ComponentType<Props> {
  const Loaded = lazy(async () => ({ default: await load() }));
  return function Part(props: Props) {
    return (
      <Boundary name={name}>
        <Suspense fallback={fallback}>
          <Loaded {...props} />
        </Suspense>
      </Boundary>
    );
  };
}
