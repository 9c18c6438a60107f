import type { CheckResult } from "../../../protocol/index.ts";
import { DataTable } from "../../ui/DataTable.tsx";
import { formatMs } from "../../lab/format.ts";
import { Tag } from "../../ui/Tag.tsx";

const tones = { pass: "good", fail: "bad", skip: "plain" } as const;

export function ContractTable({ checks }: { checks: readonly CheckResult[] }) {
  return (
    <DataTable
      caption="Results of the contract"
      rows={checks}
      rowKey={({ name }) => name}
      columns={[
        { key: "name", header: "Check", cell: ({ name }) => name },
        { key: "status", header: "Result", cell: ({ status }) => <Tag tone={tones[status]}>{status}</Tag> },
        { key: "ms", header: "Time", align: "right", cell: ({ ms }) => formatMs(ms) },
        { key: "detail", header: "What was seen", cell: ({ detail }) => detail },
      ]}
    />
  );
}
