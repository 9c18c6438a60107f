import { ArrowDown, ArrowUp, Clock, Plus, Trash2 } from "lucide-react";
import { useId } from "react";
import { useStore } from "zustand";

import {
  defaultSections,
  moved,
  neverChanges,
  withNewSection,
  withTimestamp,
  type PromptSection,
} from "../../lab/prompt/sections.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { cx } from "../../ui/cx.ts";
import { Select, TextField } from "../../ui/Fields.tsx";
import styles from "./cache.module.css";
import type { CacheStore } from "../../store/cache-store.ts";

const kinds = [
  { value: "static", label: "Static" },
  { value: "dynamic", label: "Dynamic" },
] as const;
const roles = [
  { value: "system", label: "System" },
  { value: "user", label: "User" },
] as const;

/** The prompt's sections, in their order: edit, reorder, add, remove. */
export function SectionsCard({ session: { store, actions } }: { session: CacheStore }) {
  const sections = useStore(store, (state) => state.sections);
  return (
    <Card
      title="Prompt"
      tag={`${sections.length} sections`}
      actions={
        <Button size="small" variant="ghost" onClick={() => actions.setSections(defaultSections())}>
          Reset
        </Button>
      }
    >
      {sections.map((section, index) => (
        <SectionEditor
          key={section.id}
          section={section}
          isFirst={index === 0}
          isLast={index === sections.length - 1}
          onChange={(changed) =>
            actions.setSections(sections.map((other) => (other.id === section.id ? changed : other)))
          }
          onMove={(by) => actions.setSections(moved(sections, section.id, by))}
          onRemove={() => actions.setSections(sections.filter(({ id }) => id !== section.id))}
        />
      ))}
      <div className={styles["actions"]}>
        <Button
          size="small"
          icon={<Plus aria-hidden />}
          onClick={() => actions.setSections(withNewSection(sections))}
        >
          Add a section
        </Button>
        <Button
          size="small"
          icon={<Clock aria-hidden />}
          disabled={sections.some(({ text }) => text.includes("{{timestamp}}"))}
          onClick={() => actions.setSections(withTimestamp(sections, 0))}
        >
          Put a timestamp in front
        </Button>
      </div>
      <p className={styles["note"]}>
        Leading system sections form the system message, all after them the user&rsquo;s. In dynamic ones each
        request fills <code>{"{{record}}"}</code>, <code>{"{{timestamp}}"}</code> and{" "}
        <code>{"{{requestId}}"}</code> anew.
      </p>
    </Card>
  );
}

interface SectionEditorProps {
  section: PromptSection;
  isFirst: boolean;
  isLast: boolean;
  onChange: (section: PromptSection) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}

function SectionEditor({ section, isFirst, isLast, onChange, onMove, onRemove }: SectionEditorProps) {
  const id = useId();
  const { name } = section;
  return (
    <fieldset className={cx(styles["section"], styles[section.kind])}>
      <legend className="visually-hidden">Section {name}</legend>
      <div className={styles["sectionHead"]}>
        <TextField label="Name" value={name} onChange={(next) => onChange({ ...section, name: next })} />
        <Select
          label="Kind"
          value={section.kind}
          options={kinds}
          onChange={(kind) => onChange({ ...section, kind })}
        />
        <Select
          label="Role"
          value={section.role}
          options={roles}
          onChange={(role) => onChange({ ...section, role })}
        />
        <div className={styles["tools"]}>
          <Button
            size="small"
            variant="ghost"
            aria-label={`Move ${name} up`}
            icon={<ArrowUp aria-hidden />}
            disabled={isFirst}
            onClick={() => onMove(-1)}
          />
          <Button
            size="small"
            variant="ghost"
            aria-label={`Move ${name} down`}
            icon={<ArrowDown aria-hidden />}
            disabled={isLast}
            onClick={() => onMove(1)}
          />
          <Button
            size="small"
            variant="ghost"
            aria-label={`Remove ${name}`}
            icon={<Trash2 aria-hidden />}
            disabled={isFirst && isLast}
            onClick={onRemove}
          />
        </div>
      </div>
      <label htmlFor={id} className="visually-hidden">
        Text of {name}
      </label>
      <textarea
        id={id}
        rows={section.text.length > 120 ? 4 : 2}
        value={section.text}
        spellCheck={false}
        onChange={(event) => onChange({ ...section, text: event.target.value })}
      />
      {neverChanges(section) && (
        <p className={styles["note"]}>It names no value to fill in, so it is the same in every request.</p>
      )}
    </fieldset>
  );
}
