import { useEffect, useId, useRef, useState } from "react";
import { Link, useLocation } from "wouter";

import { cx } from "../ui/cx.ts";
import { viewGroups, type ViewEntry, type ViewGroup } from "../views.ts";
import styles from "./Rail.module.css";

/**
 * The views, in groups of what a person wants. Wide: a rail that shows all of them. On a phone: a bar
 * of the groups at the thumb, each of which opens its few views above it.
 */
export function Rail() {
  const [path] = useLocation();
  const [openId, setOpenId] = useState<string | null>(null);
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    if (openId === null) return;
    const onPointer = (event: PointerEvent) => {
      if (event.target instanceof Node && nav.current?.contains(event.target) === false) setOpenId(null);
    };
    document.addEventListener("pointerdown", onPointer);
    return () => document.removeEventListener("pointerdown", onPointer);
  }, [openId]);
  return (
    <nav
      ref={nav}
      className={styles["rail"]}
      aria-label="Views"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || openId === null) return;
        event.preventDefault();
        setOpenId(null);
      }}
    >
      <div className={styles["groups"]}>
        {viewGroups.map((group) => (
          <Group
            key={group.id}
            group={group}
            path={path}
            open={openId === group.id}
            onOpen={(open) => setOpenId(open ? group.id : null)}
          />
        ))}
      </div>
    </nav>
  );
}

interface GroupProps {
  group: ViewGroup;
  path: string;
  open: boolean;
  onOpen: (open: boolean) => void;
}

function Group({ group: { name, icon: Icon, views }, path, open, onOpen }: GroupProps) {
  const id = useId();
  const current = views.find((view) => isWithin(path, view));
  return (
    <div className={cx(styles["group"], current !== undefined && styles["here"], open && styles["open"])}>
      {/* The stylesheet shows one of the two: the heading beside a wide page, the button on a phone. */}
      <h2 className={styles["heading"]}>{name}</h2>
      <button
        type="button"
        className={styles["tab"]}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => onOpen(!open)}
      >
        <Icon aria-hidden />
        {name}
      </button>
      <ul id={id} className={styles["views"]} aria-label={name}>
        {views.map((view) => (
          <Item
            key={view.path}
            view={view}
            active={view === current}
            onFollow={() => {
              if (!open) return;
              onOpen(false);
              // The link is about to go, and the focus with it.
              document.getElementById("main")?.focus();
            }}
          />
        ))}
      </ul>
    </div>
  );
}

interface ItemProps {
  view: ViewEntry;
  active: boolean;
  onFollow: () => void;
}

function Item({ view: { path, name, question, icon: Icon }, active, onFollow }: ItemProps) {
  return (
    <li>
      <Link
        href={path}
        className={cx(styles["item"], active && styles["active"])}
        aria-current={active ? "page" : undefined}
        aria-description={question}
        title={question}
        onClick={onFollow}
      >
        <Icon aria-hidden />
        <span>
          {name}
          <small className={styles["question"]} aria-hidden>
            {question}
          </small>
        </span>
      </Link>
    </li>
  );
}

const isWithin = (path: string, view: ViewEntry): boolean =>
  path === view.path || path.startsWith(`${view.path}/`);
