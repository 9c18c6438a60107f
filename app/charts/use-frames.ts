import { useEffect, useState, type RefObject } from "react";

/**
 * Calls `draw` once now and, while `live`, once a frame; again when the theme changes. `draw`
 * must be stable: a new one draws at once.
 */
export function useFrames(draw: () => void, live: boolean): void {
  useEffect(() => {
    let frame = requestAnimationFrame(function next() {
      draw();
      if (live) frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [draw, live]);
  useEffect(() => {
    const themes = new MutationObserver(draw);
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    return () => {
      themes.disconnect();
      dark.removeEventListener("change", draw);
    };
  }, [draw]);
}

/** Width of an element in CSS pixels; 0 before it is laid out. */
export function useWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}
