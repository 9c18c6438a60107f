import { Dialog } from "@base-ui/react/dialog";
import { useRef, useState, type KeyboardEvent } from "react";

import { cx } from "../ui/cx.ts";
import { searchCommands, type PaletteCommand } from "./commands.ts";
import help from "./Help.module.css";
import styles from "./Palette.module.css";
import { useCommands } from "./use-commands.ts";

interface PaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onHelp: () => void;
}

/** Ctrl+K: every view and action by name. Arrow keys choose, Enter runs. */
export function Palette({ open, onOpenChange, onHelp }: PaletteProps) {
  const commands = useCommands(onHelp);
  const leads = useRef(false);
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(next) => {
        leads.current = false;
        onOpenChange(next);
      }}
      // The dialog would give the focus to the first control of the view that is about to go.
      onOpenChangeComplete={(isOpen) => {
        if (!isOpen && leads.current) document.getElementById("main")?.focus();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className={help["backdrop"]} />
        <Dialog.Popup className={styles["popup"]} aria-label="Commands" finalFocus={() => !leads.current}>
          <CommandList
            commands={commands}
            onChoose={(command) => {
              leads.current = command.leads === true;
              onOpenChange(false);
              command.run();
            }}
          />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface CommandListProps {
  commands: readonly PaletteCommand[];
  onChoose: (command: PaletteCommand) => void;
}

/** Mounted anew at each opening, so that it starts without a query. */
function CommandList({ commands, onChoose }: CommandListProps) {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = searchCommands(commands, query);
  const run = (command: PaletteCommand | undefined) => {
    if (command !== undefined) onChoose(command);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Enter") run(found[chosen]);
    else if (move !== 0 && found.length > 0) setChosen((chosen + move + found.length) % found.length);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        className={styles["query"]}
        role="combobox"
        aria-label="Command"
        aria-expanded
        aria-controls="palette-commands"
        aria-activedescendant={found[chosen] === undefined ? undefined : `command-${found[chosen].id}`}
        placeholder="Go to, run, load, theme…"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="palette-commands" role="listbox" aria-label="Commands" className={styles["list"]}>
        {found.map((command, index) => (
          <li
            key={command.id}
            id={`command-${command.id}`}
            role="option"
            aria-selected={index === chosen}
            className={cx(styles["command"], index === chosen && styles["chosen"])}
            onPointerMove={() => setChosen(index)}
            onClick={() => run(command)}
          >
            {command.title}
            <small>{command.group}</small>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={styles["none"]}>No command is called that.</p>}
    </>
  );
}
