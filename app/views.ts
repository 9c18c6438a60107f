import {
  Activity,
  Box,
  Calculator,
  ChartGantt,
  Columns2,
  Database,
  Files,
  Gauge,
  GraduationCap,
  Layers,
  ListTree,
  MessageSquare,
  Microscope,
  Scale,
  ScissorsLineDashed,
  Settings2,
  SquarePen,
  type LucideIcon,
} from "lucide-react";
import type { ComponentType } from "react";

import { lazyPart } from "./ui/lazy-part.tsx";

/** A view enters the rail when it runs for real. Each is its own chunk, and its failures stay in it. */
export interface ViewEntry {
  readonly path: string;
  readonly name: string;
  /** What it answers, in the words of who does not know its name yet. */
  readonly question: string;
  readonly icon: LucideIcon;
  /** It shows what only our engine tells (steps, blocks, the cache's tree). */
  readonly ownEngineOnly?: true;
  readonly View: ComponentType;
}

/** Views by what a person wants: the parts of the rail, and the tabs of a phone's bar. */
export interface ViewGroup {
  readonly id: string;
  readonly name: string;
  readonly icon: LucideIcon;
  readonly views: readonly [ViewEntry, ...ViewEntry[]];
}

export const viewGroups: readonly ViewGroup[] = [
  {
    id: "measure",
    name: "Measure",
    icon: Gauge,
    views: [
      {
        path: "/compare",
        name: "Compare",
        question: "Which of two prompts, or engines, does better?",
        icon: Columns2,
        View: lazyPart("Compare", async () => (await import("./views/compare/CompareView.tsx")).CompareView),
      },
      {
        path: "/batch",
        name: "Batch",
        question: "What do many requests at once cost each one?",
        icon: Layers,
        ownEngineOnly: true,
        View: lazyPart("Batch", async () => (await import("./views/batch/BatchView.tsx")).BatchView),
      },
      {
        path: "/tokens",
        name: "Tokens",
        question: "How short can a prompt get and still be right?",
        icon: ScissorsLineDashed,
        View: lazyPart("Tokens", async () => (await import("./views/tokens/TokensView.tsx")).TokensView),
      },
    ],
  },
  {
    id: "inside",
    name: "Look inside",
    icon: Microscope,
    views: [
      {
        path: "/playground",
        name: "Playground",
        question: "What does one answer cost, token by token?",
        icon: MessageSquare,
        View: lazyPart(
          "Playground",
          async () => (await import("./views/playground/PlaygroundView.tsx")).PlaygroundView,
        ),
      },
      {
        path: "/cache",
        name: "Cache",
        question: "Which part of a prompt is computed again, and why?",
        icon: Database,
        ownEngineOnly: true,
        View: lazyPart("Cache", async () => (await import("./views/cache/CacheView.tsx")).CacheView),
      },
      {
        path: "/trace",
        name: "Trace",
        question: "Where does the time of each step go?",
        icon: ChartGantt,
        ownEngineOnly: true,
        View: lazyPart("Trace", async () => (await import("./views/trace/TraceView.tsx")).TraceView),
      },
    ],
  },
  {
    id: "plan",
    name: "Plan and save",
    icon: SquarePen,
    views: [
      {
        path: "/plans",
        name: "Plans",
        question: "Compare with your own rows and prompts",
        icon: ListTree,
        View: lazyPart("Plans", async () => (await import("./views/plans/PlansView.tsx")).PlansView),
      },
      {
        path: "/planner",
        name: "Planner",
        question: "What would caching save on your own traffic?",
        icon: Calculator,
        View: lazyPart("Planner", async () => (await import("./views/planner/PlannerView.tsx")).PlannerView),
      },
      {
        path: "/reports",
        name: "Reports",
        question: "What was measured so far, and did it change?",
        icon: Files,
        View: lazyPart("Reports", async () => (await import("./views/reports/ReportsView.tsx")).ReportsView),
      },
    ],
  },
  {
    id: "learn",
    name: "Learn",
    icon: GraduationCap,
    views: [
      {
        path: "/learn",
        name: "Lessons",
        question: "Guess, run it, see why: six short lessons",
        icon: GraduationCap,
        ownEngineOnly: true,
        View: lazyPart("Lessons", async () => (await import("./views/learn/LearnView.tsx")).LearnView),
      },
      {
        path: "/claims",
        name: "Claims",
        question: "Do the claims of a course hold on this device?",
        icon: Scale,
        View: lazyPart("Claims", async () => (await import("./views/claims/ClaimsView.tsx")).ClaimsView),
      },
    ],
  },
  {
    id: "setup",
    name: "Set up",
    icon: Settings2,
    views: [
      {
        path: "/models",
        name: "Models",
        question: "Which model answers, and what fits here?",
        icon: Box,
        View: lazyPart("Models", async () => (await import("./views/models/ModelsView.tsx")).ModelsView),
      },
      {
        path: "/diagnostics",
        name: "Diagnostics",
        question: "What can this device do, and is it right?",
        icon: Activity,
        View: lazyPart(
          "Diagnostics",
          async () => (await import("./views/diagnostics/DiagnosticsView.tsx")).DiagnosticsView,
        ),
      },
    ],
  },
];

export const views: readonly ViewEntry[] = viewGroups.flatMap((group) => group.views);

/** Where an address without a view leads. */
export const firstPath = "/compare";
