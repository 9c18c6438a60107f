/** Where values stand on an axis, and which of them are written there. Pure. */

/** `log`: equal factors are equally far; what is not above 0 has no place. */
export type ScaleKind = "linear" | "log";

export interface ScaleOptions {
  readonly kind: ScaleKind;
  /** Every value that has to find a place. */
  readonly values: readonly number[];
  /** Ends of the axis; without them the values' own. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Ticks at whole numbers only. */
  readonly whole?: boolean | undefined;
  /** About so many ticks. */
  readonly numTicks: number;
  /** These instead. */
  readonly ticks?: readonly number[] | undefined;
}

export interface Scale {
  /** Ends of the axis. */
  readonly domain: readonly [number, number];
  /** 0 to 1 along the axis; null where the value has no place on it. */
  readonly place: (value: number) => number | null;
  readonly ticks: readonly number[];
}

export function makeScale(options: ScaleOptions): Scale {
  const scale = scaleOf(options);
  return options.ticks === undefined ? scale : { ...scale, ticks: options.ticks };
}

function scaleOf(options: ScaleOptions): Scale {
  const values = options.values.filter(Number.isFinite);
  switch (options.kind) {
    case "log":
      return logScale({ ...options, values });
    case "linear":
      return linearScale({ ...options, values });
  }
}

/** Ends that were not given are ticks. */
function linearScale({ values, from, to, whole = false, numTicks }: ScaleOptions): Scale {
  const low = from ?? least(values, 0);
  const high = to ?? most(values, low + 1);
  // One value alone stands within an axis that has a length.
  const pad = high > low ? 0 : Math.max(Math.abs(low) * 0.5, whole ? 1 : 0.5);
  const step = niceStep((high - low + 2 * pad) / Math.max(1, numTicks), whole);
  const start = from ?? Math.floor((low - pad) / step + 1e-9) * step;
  const end = to ?? Math.max(start + step, Math.ceil((high + pad) / step - 1e-9) * step);
  const first = Math.ceil(start / step - 1e-9);
  const count = Math.max(0, Math.floor(end / step + 1e-9) - first);
  return {
    domain: [start, end],
    place: (value) => (Number.isFinite(value) ? (value - start) / (end - start) : null),
    ticks: Array.from({ length: count + 1 }, (_, index) => round((first + index) * step)),
  };
}

function logScale({ values, from, to, numTicks }: ScaleOptions): Scale {
  const positive = values.filter((value) => value > 0);
  const low = from ?? least(positive, 1);
  const high = Math.max(to ?? most(positive, low * 10), low * 1.0001);
  // Less than a factor of two would leave no tick but one.
  const [start, end] = high / low < 2 ? [low / 1.5, high * 1.5] : [low, high];
  const span = Math.log(end / start);
  const decades = Math.log10(end / start);
  const candidates = tickSets.map((digits) => logTicks(start, end, digits));
  const ticks =
    candidates.find((set) => set.length <= Math.max(3, numTicks + 1)) ?? logTicks(start, end, [1]);
  const skip = Math.max(1, Math.ceil(decades / Math.max(1, numTicks)));
  return {
    domain: [start, end],
    place: (value) => (value > 0 ? Math.log(value / start) / span : null),
    ticks: ticks.length > numTicks + 3 ? ticks.filter((_, index) => index % skip === 0) : ticks,
  };
}

/** Finest first. */
const tickSets = [[1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]] as const;

function logTicks(start: number, end: number, digits: readonly number[]): readonly number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(start)); power <= Math.ceil(Math.log10(end)); power += 1) {
    for (const digit of digits) {
      const tick = digit * 10 ** power;
      if (tick >= start * 0.9999 && tick <= end * 1.0001) ticks.push(round(tick));
    }
  }
  return ticks;
}

/** 1, 2 or 5 times a power of ten, at least as long as asked. */
function niceStep(rough: number, whole: boolean): number {
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 5, 10].map((digit) => digit * power).find((each) => each >= rough * 0.9999) ?? 10 * power;
  return whole ? Math.max(1, Math.round(step)) : step;
}

/** 0.1 + 0.2 is 0.3 on an axis. */
const round = (value: number): number => Number(value.toPrecision(12));

const least = (values: readonly number[], fallback: number): number =>
  values.reduce((low, value) => Math.min(low, value), values[0] ?? fallback);
const most = (values: readonly number[], fallback: number): number =>
  values.reduce((high, value) => Math.max(high, value), values[0] ?? fallback);
