import type { ReactNode } from "react";

/** A part in one of its states, as the gallery shows it and `gallery.ui.test.tsx` looks at it. */
export interface Story {
  /** Of the part: "RunButton". */
  readonly part: string;
  readonly state: string;
  readonly render: () => ReactNode;
}
