import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

import styles from "./Tabs.module.css";

interface TabsProps<Value extends string> {
  /** What is chosen between, for those who hear it. */
  label: string;
  value: Value;
  tabs: readonly { readonly value: Value; readonly label: string }[];
  onChange: (value: Value) => void;
  /** The chosen tab's content. */
  children: ReactNode;
}

export function Tabs<Value extends string>({ label, value, tabs, onChange, children }: TabsProps<Value>) {
  return (
    <Base.Root
      className={styles["root"]}
      value={value}
      onValueChange={(next: unknown) => {
        const tab = tabs.find((candidate) => candidate.value === next);
        if (tab !== undefined) onChange(tab.value);
      }}
    >
      <Base.List className={styles["list"]} aria-label={label}>
        {tabs.map((tab) => (
          <Base.Tab key={tab.value} value={tab.value} className={styles["tab"]}>
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      <Base.Panel value={value} className={styles["panel"]}>
        {children}
      </Base.Panel>
    </Base.Root>
  );
}
