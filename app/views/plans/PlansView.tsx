import { useRef } from "react";

import { fieldsOf, type DefinitionProblem } from "../../lab/workloads/own/problems.ts";
import { withExpected } from "../../lab/workloads/own/starter.ts";
import { ownLimits, type WorkloadDefinition } from "../../lab/workloads/own/definition.ts";
import { isEmbedded } from "../../store/engine-store.ts";
import { useEngine, useServices, useWorkloads } from "../../store/services.tsx";
import { workloadInfos } from "../../store/workload-info.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { Select, TextField } from "../../ui/Fields.tsx";
import { SmallModelNote } from "../../ui/SmallModelNote.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import { BuiltInCard } from "./BuiltInCard.tsx";
import { ChecksEditor } from "./ChecksEditor.tsx";
import { exportName, problemsAt } from "./derive.ts";
import { download } from "../../ui/download.ts";
import { PlansCard } from "./PlansCard.tsx";
import styles from "./plans.module.css";
import { DropZone, RowsCard } from "./RowsCard.tsx";
import { useEditing } from "./use-editing.ts";

/** Own rows and own prompts: what Compare runs. */
export function PlansView() {
  const { comparison } = useServices();
  const editing = useEditing();
  const { own, builtIn, problems, undo } = editing;
  const isSmall = useEngine(isEmbedded);
  const compare = () => {
    const workload = own?.id ?? builtIn?.id ?? "";
    // Rows of one's own: those that were given, not the number that was chosen for another workload.
    comparison.setState(({ chosen: { rows, repeats } }) => ({
      chosen: { workload, ...(rows && own === null && { rows }), ...(repeats && { repeats }) },
    }));
    window.location.hash = "#/compare";
  };
  return (
    <div className={styles["view"]}>
      <ViewHeader
        question="Which prompts do you want to measure, and on which rows?"
        sub="A workload is rows with expected answers, and two or more prompt plans that ask for them. Compare runs it on this device."
        actions={
          <Button
            variant="primary"
            size="large"
            disabled={problems.length > 0 || !editing.isRead}
            onClick={compare}
          >
            Compare these plans
          </Button>
        }
      />
      <WorkloadBar editing={editing} />
      <Notices />
      {isSmall && builtIn === null && <SmallModelNote />}
      {undo !== null && (
        <p className={styles["note"]} role="status">
          {undo.text}{" "}
          <Button size="small" onClick={editing.undoChange}>
            Undo
          </Button>
        </p>
      )}
      {!editing.isRead && <p className={styles["note"]}>Reading your workloads…</p>}
      {own !== null && <OwnWorkload key={own.id} own={own} problems={problems} editing={editing} />}
      {own === null && (
        <Card title="Your own rows">
          <DropZone onRows={editing.takeRows} />
        </Card>
      )}
      {builtIn !== null && <BuiltInCard key={builtIn.id} workload={builtIn} onCopy={editing.copy} />}
    </div>
  );
}

type Editing = ReturnType<typeof useEditing>;

interface OwnWorkloadProps {
  own: WorkloadDefinition;
  problems: readonly DefinitionProblem[];
  editing: Editing;
}

function OwnWorkload({ own, problems, editing: { change, takeRows } }: OwnWorkloadProps) {
  const problemAt = problemsAt(problems);
  const fields = own.plans.filter(({ checks }) => checks === null).flatMap((plan) => fieldsOf(plan));
  return (
    <>
      <Problems problems={problems} own={own} />
      <RowsCard
        own={own}
        problemAt={problemAt}
        onRows={takeRows}
        onExpected={(columns) => change(withExpected(own, columns))}
      />
      <Card title="What is a right answer?" tag="the same for all plans">
        <ChecksEditor
          checks={own.checks}
          place="checks"
          problemAt={problemAt}
          fields={[...new Set(fields)]}
          column={own.expectedColumns[0]}
          onChange={(checks) => change({ ...own, checks: checks.slice(0, ownLimits.checks) })}
        />
      </Card>
      <PlansCard own={own} problemAt={problemAt} onChange={change} />
    </>
  );
}

/** Each problem stands at its place too; here are all of them, of whatever plan. */
function Problems({ problems, own }: { problems: readonly DefinitionProblem[]; own: WorkloadDefinition }) {
  if (problems.length === 0 || own.table.rows.length === 0) return null;
  const title = (place: string): string => {
    const [, id] = /^plans\/([^/]+)/.exec(place) ?? [];
    const plan = own.plans.find((candidate) => candidate.id === id);
    return plan === undefined ? "" : `${plan.title}: `;
  };
  return (
    <Card title="Before it can run" tag={problems.length === 1 ? "1 problem" : `${problems.length} problems`}>
      <ul className={styles["list"]}>
        {problems.slice(0, 10).map(({ place, message }) => (
          <li key={place + message}>
            {title(place)}
            {message}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function WorkloadBar({ editing }: { editing: Editing }) {
  const list = useWorkloads((state) => state.list);
  const input = useRef<HTMLInputElement>(null);
  const { own, builtIn } = editing;
  return (
    <div className={styles["bar"]}>
      <Select
        label="Workload"
        value={own?.id ?? builtIn?.id ?? ""}
        options={workloadInfos(list ?? []).map(({ id, title, own: isOwn }) => ({
          value: id,
          label: isOwn === null ? `${title} (built-in)` : title || "Without a name",
        }))}
        onChange={editing.open}
      />
      {own !== null && (
        <TextField
          label="Name"
          value={own.title}
          onChange={(title) => editing.change({ ...own, title: title.slice(0, 200) })}
        />
      )}
      <Button onClick={editing.addEmpty}>New</Button>
      {own !== null && (
        <>
          <Button onClick={editing.duplicate}>Copy</Button>
          <Button
            onClick={() =>
              download(exportName(own.title), "application/json", `${JSON.stringify(own, null, 1)}\n`)
            }
          >
            Export JSON
          </Button>
        </>
      )}
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        multiple
        hidden
        aria-label="Workload files"
        onChange={(event) => {
          editing.importFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <Button onClick={() => input.current?.click()}>Import JSON</Button>
      {own !== null && (
        <Button variant="ghost" onClick={editing.remove}>
          Delete
        </Button>
      )}
    </div>
  );
}

/** What went wrong, what was deleted, what is not kept. */
function Notices() {
  const { actions } = useServices().workloads;
  const { error, removed, isKept, unreadable } = useWorkloads((state) => state);
  return (
    <>
      {error !== null && (
        <ErrorNotice
          error={error}
          meaning="What was there before is as it was."
          actions={<Button onClick={() => actions.dismissError()}>Dismiss</Button>}
        />
      )}
      {removed !== null && (
        <p className={styles["note"]} role="status">
          “{removed.title}” was deleted.{" "}
          <Button size="small" onClick={() => actions.undoRemove()}>
            Undo
          </Button>
        </p>
      )}
      {!isKept && (
        <p className={styles["note"]}>
          This browser lets the page store nothing: workloads are gone when it closes. Export what you need.
        </p>
      )}
      {unreadable.length > 0 && (
        <p className={styles["note"]}>
          {unreadable.length === 1 ? "One kept workload" : `${unreadable.length} kept workloads`} cannot be
          read by this version and stay as they are.{" "}
          <Button
            size="small"
            onClick={() =>
              download("unreadable-workloads.json", "application/json", JSON.stringify(unreadable, null, 1))
            }
          >
            Export as they are
          </Button>
        </p>
      )}
    </>
  );
}
