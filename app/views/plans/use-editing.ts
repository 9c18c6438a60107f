/** What the Plans view does to workloads: open, change with one step back, read rows, copy, import, export. */
import { useMemo, useState } from "react";
import { useHashLocation } from "wouter/use-hash-location";

import { builtInWorkloads as workloads } from "../../lab/workloads/built-in/index.ts";
import type { WorkloadDefinition } from "../../lab/workloads/own/definition.ts";
import { definitionProblems } from "../../lab/workloads/own/problems.ts";
import { parseInWorker } from "../../client/row-parser.ts";
import { readRows, type RowText } from "../../lab/workloads/own/rows.ts";
import { copyOf, emptyWorkload, withTable } from "../../lab/workloads/own/starter.ts";
import type { Workload } from "../../lab/workloads/workload.ts";
import { useComparison, useServices, useWorkloads } from "../../store/services.tsx";
import { titleOf } from "./derive.ts";
import { useRefusedSchemas } from "./use-refused-schemas.ts";

interface Undo {
  readonly text: string;
  readonly before: WorkloadDefinition;
}

/** The workload that is open, one's own or a built-in one, and what can be done to it. */
export function useEditing() {
  const { actions } = useServices().workloads;
  const [location, navigate] = useHashLocation();
  const list = useWorkloads((state) => state.list);
  const compared = useComparison((state) => state.chosen.workload);
  const [undo, setUndo] = useState<Undo | null>(null);
  const asked = /^\/plans\/([\w.-]+)$/.exec(location)?.[1] ?? compared;
  const { own, builtIn } = opened(list ?? [], asked);
  const told = useMemo(() => (own === null ? [] : definitionProblems(own)), [own]);
  const refused = useRefusedSchemas(own);
  const problems = useMemo(() => [...told, ...refused], [told, refused]);

  const open = (id: string) => {
    setUndo(null);
    navigate(`/plans/${id}`);
  };
  const change = (next: WorkloadDefinition, undoText?: string) => {
    if (undoText !== undefined && own !== null) setUndo({ text: undoText, before: own });
    actions.put(next);
  };
  const add = (definition: WorkloadDefinition) => open(actions.put(definition).id);
  const takeRows = async (source: RowText) => {
    actions.dismissError();
    try {
      const table = await readRows(source, parseInWorker);
      if (own === null) add(withTable(emptyWorkload(actions.newId(), titleOf(source.name)), table));
      else change(withTable(own, table), own.table.rows.length === 0 ? undefined : "The rows were replaced.");
    } catch (cause) {
      actions.fail(cause);
    }
  };
  return {
    isRead: list !== null,
    own,
    builtIn,
    problems,
    undo: own !== null && undo?.before.id === own.id ? undo : null,
    open,
    change,
    takeRows: (source: RowText) => void takeRows(source),
    undoChange: () => {
      if (undo !== null) actions.put(undo.before);
      setUndo(null);
    },
    addEmpty: () => add(emptyWorkload(actions.newId(), "My workload")),
    copy: (planIds: readonly string[]) => {
      if (builtIn !== null) add(copyOf(builtIn, planIds, actions.newId()));
    },
    duplicate: () => {
      if (own !== null)
        add({ ...own, id: actions.newId(), revision: 0, title: `${own.title}, copy`.slice(0, 200) });
    },
    importFiles: (files: readonly File[]) => {
      actions.dismissError();
      void actions.importFiles(files).then((id) => (id === null ? undefined : open(id)));
    },
    remove: () => {
      if (own !== null) actions.remove(own.id);
      navigate("/plans");
    },
  };
}

interface Opened {
  readonly own: WorkloadDefinition | null;
  /** Set where `own` is not. */
  readonly builtIn: Workload | null;
}

/** The one asked for; else the first of one's own, else the first there is. */
function opened(list: readonly WorkloadDefinition[], id: string | undefined): Opened {
  const own = list.find((workload) => workload.id === id);
  if (own !== undefined) return { own, builtIn: null };
  const builtIn = workloads.find((workload) => workload.id === id);
  if (builtIn !== undefined) return { own: null, builtIn };
  const [first = null] = list;
  return { own: first, builtIn: first === null ? (workloads[0] ?? null) : null };
}
