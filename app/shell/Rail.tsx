import { useEffect, useRef } from "react";
import { Link, useRoute } from "wouter";

import { cx } from "../ui/cx.ts";
import { views, type ViewEntry } from "../views.ts";
import styles from "./Rail.module.css";

/** The views: a rail, on a phone a bar at the bottom. */
export function Rail() {
  return (
    <nav className={styles["rail"]} aria-label="Views">
      {views.map((view) => (
        <Item key={view.path} view={view} />
      ))}
    </nav>
  );
}

function Item({ view: { path, name, icon: Icon } }: { view: ViewEntry }) {
  const [active] = useRoute(`${path}/*?`);
  const link = useRef<HTMLAnchorElement>(null);
  // On a phone the bar is wider than the screen.
  useEffect(() => {
    if (active) link.current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [active]);
  return (
    <Link
      ref={link}
      href={path}
      className={cx(styles["item"], active && styles["active"])}
      aria-current={active ? "page" : undefined}
    >
      <Icon aria-hidden />
      {name}
    </Link>
  );
}
