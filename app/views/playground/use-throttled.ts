import { useEffect, useState } from "react";

/** The latest value, renewed at most once a period. */
export function useThrottled<Value>(value: Value, periodMs: number): Value {
  const [shown, setShown] = useState({ value, atMs: 0 });
  useEffect(() => {
    if (shown.value === value) return;
    const wait = Math.max(0, shown.atMs + periodMs - performance.now());
    const timer = window.setTimeout(() => setShown({ value, atMs: performance.now() }), wait);
    return () => window.clearTimeout(timer);
  }, [value, shown, periodMs]);
  return shown.value;
}
