import {
  Activity,
  Box,
  Calculator,
  ChartGantt,
  Columns2,
  Database,
  Files,
  GraduationCap,
  Layers,
  ListTree,
  MessageSquare,
  Scale,
  ScissorsLineDashed,
  type LucideIcon,
} from "lucide-react";
import { lazy, type ComponentType } from "react";

/** A view enters the rail when it runs for real. Each is its own chunk. */
export interface ViewEntry {
  readonly path: string;
  readonly name: string;
  readonly icon: LucideIcon;
  /** It shows what only our engine tells (steps, blocks, the cache's tree). */
  readonly ownEngineOnly?: true;
  readonly View: ComponentType;
}

export const views: readonly [ViewEntry, ...ViewEntry[]] = [
  {
    path: "/compare",
    name: "Compare",
    icon: Columns2,
    View: lazy(async () => ({ default: (await import("./views/compare/CompareView.tsx")).CompareView })),
  },
  {
    path: "/plans",
    name: "Plans",
    icon: ListTree,
    View: lazy(async () => ({ default: (await import("./views/plans/PlansView.tsx")).PlansView })),
  },
  {
    path: "/playground",
    name: "Playground",
    icon: MessageSquare,
    View: lazy(async () => ({
      default: (await import("./views/playground/PlaygroundView.tsx")).PlaygroundView,
    })),
  },
  {
    path: "/cache",
    name: "Cache",
    icon: Database,
    ownEngineOnly: true,
    View: lazy(async () => ({ default: (await import("./views/cache/CacheView.tsx")).CacheView })),
  },
  {
    path: "/batch",
    name: "Batch",
    icon: Layers,
    ownEngineOnly: true,
    View: lazy(async () => ({ default: (await import("./views/batch/BatchView.tsx")).BatchView })),
  },
  {
    path: "/trace",
    name: "Trace",
    icon: ChartGantt,
    ownEngineOnly: true,
    View: lazy(async () => ({ default: (await import("./views/trace/TraceView.tsx")).TraceView })),
  },
  {
    path: "/tokens",
    name: "Tokens",
    icon: ScissorsLineDashed,
    View: lazy(async () => ({ default: (await import("./views/tokens/TokensView.tsx")).TokensView })),
  },
  {
    path: "/planner",
    name: "Planner",
    icon: Calculator,
    View: lazy(async () => ({ default: (await import("./views/planner/PlannerView.tsx")).PlannerView })),
  },
  {
    path: "/claims",
    name: "Claims",
    icon: Scale,
    View: lazy(async () => ({ default: (await import("./views/claims/ClaimsView.tsx")).ClaimsView })),
  },
  {
    path: "/learn",
    name: "Learn",
    icon: GraduationCap,
    ownEngineOnly: true,
    View: lazy(async () => ({ default: (await import("./views/learn/LearnView.tsx")).LearnView })),
  },
  {
    path: "/reports",
    name: "Reports",
    icon: Files,
    View: lazy(async () => ({ default: (await import("./views/reports/ReportsView.tsx")).ReportsView })),
  },
  {
    path: "/models",
    name: "Models",
    icon: Box,
    View: lazy(async () => ({ default: (await import("./views/models/ModelsView.tsx")).ModelsView })),
  },
  {
    path: "/diagnostics",
    name: "Diagnostics",
    icon: Activity,
    View: lazy(async () => ({
      default: (await import("./views/diagnostics/DiagnosticsView.tsx")).DiagnosticsView,
    })),
  },
];
