/** What the engine's grammar cannot hold answers to, of the schemas of a workload. */
import { useEffect, useMemo, useState } from "react";

import { serializeError } from "../../../protocol/index.ts";
import type { WorkloadDefinition } from "../../lab/workloads/own/definition.ts";
import { schemaProblem } from "../../lab/workloads/own/evaluate.ts";
import type { DefinitionProblem } from "../../lab/workloads/own/problems.ts";
import { schemaFormat } from "../../lab/workloads/own/workload-of.ts";
import { useServices } from "../../store/services.tsx";

/** By the text of a schema, why it is refused; null: it is not. */
type Verdicts = Readonly<Record<string, string | null>>;

/** Asked of the engine once for each text; texts that are no schema at all are not its affair. */
export function useRefusedSchemas(own: WorkloadDefinition | null): readonly DefinitionProblem[] {
  const { client } = useServices();
  const [verdicts, setVerdicts] = useState<Verdicts>({});
  const places = useMemo(() => schemasOf(own), [own]);
  const unknown = places.map(({ schema }) => schema).find((schema) => !Object.hasOwn(verdicts, schema));
  useEffect(() => {
    if (unknown === undefined) return;
    let current = true;
    const judge = (verdict: string | null) => {
      if (current) setVerdicts((known) => ({ ...known, [unknown]: verdict }));
    };
    client.call("checkFormat", { format: schemaFormat(unknown) }).then(
      () => judge(null),
      (cause: unknown) => {
        const { kind, message } = serializeError(cause);
        // An engine that is not there says nothing about the schema; the run will.
        judge(kind === "invalid-request" ? message : null);
      },
    );
    return () => {
      current = false;
    };
  }, [client, unknown]);
  return useMemo(
    () =>
      places.flatMap(({ place, schema }) => {
        const message = verdicts[schema] ?? null;
        return message === null ? [] : [{ place, message }];
      }),
    [places, verdicts],
  );
}

const schemasOf = (own: WorkloadDefinition | null) =>
  (own?.plans ?? []).flatMap(({ id, calls }) =>
    calls.flatMap(({ schema }, index) =>
      schema === undefined || schemaProblem(schema) !== null
        ? []
        : [{ place: `plans/${id}/calls/${index}/schema`, schema }],
    ),
  );
