import { useHashLocation } from "wouter/use-hash-location";

import { withDefaults } from "../store/comparison-choice.ts";
import { compareOptionsOf } from "../store/comparison-store.ts";
import { useServices } from "../store/services.tsx";
import { chosenInfo, workloadInfos } from "../store/workload-info.ts";
import { viewGroups } from "../views.ts";
import type { PaletteCommand } from "./commands.ts";

const themes = [
  { theme: "system", title: "As the system" },
  { theme: "light", title: "Light" },
  { theme: "dark", title: "Dark" },
] as const;

/** Everything that the palette can do, now. */
export function useCommands(onHelp: () => void): readonly PaletteCommand[] {
  const { comparison, engine, runs, settings, workloads } = useServices();
  const [, navigate] = useHashLocation();
  const compare = () => {
    const { load } = engine.store.getState();
    navigate("/compare");
    if (load.type !== "ready") return;
    const { chosen } = comparison.getState();
    const info = chosenInfo(workloadInfos(workloads.store.getState().list ?? []), chosen.workload);
    const choice = withDefaults(chosen, info, engine.store.getState());
    if (choice.to !== "") runs.start("compare", compareOptionsOf(choice, info, settings.getState().prices));
  };
  return [
    ...viewGroups.flatMap((group) =>
      group.views.map(({ path, name, question }) => {
        const title = `${name}: ${question}`;
        return { id: path, group: group.name, title, leads: true as const, run: () => navigate(path) };
      }),
    ),
    { id: "compare", group: "Run", title: "Run the comparison", leads: true, run: compare },
    {
      id: "embedded",
      group: "Model",
      title: "Load the embedded model",
      run: () => void engine.actions.loadEmbedded(),
    },
    {
      id: "model",
      group: "Model",
      title: "Load another model…",
      leads: true,
      run: () => navigate("/models"),
    },
    ...themes.map(({ theme, title }) => {
      return { id: theme, group: "Theme", title, run: () => settings.setState({ theme }) };
    }),
    { id: "help", group: "Help", title: "Keys and metrics", run: onHelp },
  ];
}
