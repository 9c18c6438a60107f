import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import type { SerializedError } from "../../protocol/index.ts";
import { cx } from "./cx.ts";
import { errorMeaning } from "./error-meaning.ts";
import styles from "./ErrorNotice.module.css";

interface ErrorNoticeProps {
  error: SerializedError;
  /** Overrides the meaning given by the error's kind. */
  meaning?: string;
  /** `warning` where the page goes on in another way. */
  tone?: "error" | "warning";
  actions?: ReactNode;
}

/** What happened, what it means, what to do, and the numbers behind it. Text only, never markup. */
export function ErrorNotice({ error, meaning, tone = "error", actions }: ErrorNoticeProps) {
  const details = Object.entries(error.details ?? {});
  return (
    <div className={cx(styles["notice"], styles[tone])} role={tone === "error" ? "alert" : "status"}>
      <TriangleAlert aria-hidden />
      <div className={styles["body"]}>
        <p className={styles["message"]}>{error.message}</p>
        <p>{meaning ?? errorMeaning(error.kind)}</p>
        {error.hint !== undefined && (
          <p>
            <b>What to do:</b> {error.hint}
          </p>
        )}
        <details>
          <summary>Details</summary>
          <dl>
            <dt>kind</dt>
            <dd>{error.kind}</dd>
            {details.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{String(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
        {actions !== undefined && <div className={styles["actions"]}>{actions}</div>}
      </div>
    </div>
  );
}
