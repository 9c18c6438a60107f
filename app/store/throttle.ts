/** Calls `act` with the latest value at most once a period, the last one included. */
export function throttle<Value>(act: (value: Value) => void, periodMs: number): (value: Value) => void {
  let latest: { value: Value } | null = null;
  let waiting = false;
  const flush = () => {
    if (latest === null) {
      waiting = false;
      return;
    }
    const { value } = latest;
    latest = null;
    setTimeout(flush, periodMs);
    act(value);
  };
  return (value) => {
    latest = { value };
    if (waiting) return;
    waiting = true;
    flush();
  };
}
