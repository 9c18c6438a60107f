import { useEffect, useState } from "react";

import type { ReadReport } from "../../lab/reports/read.ts";
import { useServices } from "../../store/services.tsx";

/** The report of an id: `loading` until it is read, null where there is none. */
export function useOpened(id: string | null): ReadReport | "loading" | null {
  const { reports } = useServices();
  const [read, setRead] = useState<{ readonly id: string; readonly report: ReadReport | null } | null>(null);
  useEffect(() => {
    if (id === null) return;
    let current = true;
    void reports.actions.open(id).then((report) => {
      if (current) setRead({ id, report });
    });
    return () => {
      current = false;
    };
  }, [id, reports]);
  if (id === null) return null;
  return read?.id === id ? read.report : "loading";
}
