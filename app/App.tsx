import { useEffect, useState } from "react";
import { Redirect, Route, Router, Switch } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";

import { EngineBanner } from "./shell/EngineBanner.tsx";
import { EngineGate } from "./shell/EngineGate.tsx";
import { Header } from "./shell/Header.tsx";
import { Rail } from "./shell/Rail.tsx";
import { UpdateBanner } from "./shell/UpdateBanner.tsx";
import { useTheme } from "./shell/use-theme.ts";
import { useLease, useServices } from "./store/services.tsx";
import { Announcer } from "./shell/Announcer.tsx";
import styles from "./App.module.css";
import { lazyPart } from "./ui/lazy-part.tsx";
import { firstPath, views } from "./views.ts";

const Help = lazyPart("Help", async () => (await import("./shell/Help.tsx")).Help);
const TabBanner = lazyPart(
  "What the other tab does",
  async () => (await import("./shell/TabBanner.tsx")).TabBanner,
);
const Palette = lazyPart("The commands", async () => (await import("./shell/Palette.tsx")).Palette);

export function App() {
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  const showsHelp = useWasOpen(help);
  const showsPalette = useWasOpen(palette);
  const lease = useLease();
  const { runs } = useServices();
  useTheme();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        setPalette((open) => !open);
        return;
      }
      const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      if (event.key === "?" && !typing) setHelp(true);
      // A dialog that is open takes the key for itself.
      if (event.key === "Escape" && !event.defaultPrevented && !isDialogOpen()) runs.cancel();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [runs]);
  return (
    <Router hook={useHashLocation}>
      <div className={styles["app"]}>
        <a className={styles["skip"]} href="#main" onClick={skipToMain}>
          Skip to content
        </a>
        <Header onPalette={() => setPalette(true)} onHelp={() => setHelp(true)} />
        <Rail />
        <main id="main" className={styles["main"]} tabIndex={-1}>
          <UpdateBanner />
          {(lease === "elsewhere" || lease === "taken") && <TabBanner taken={lease === "taken"} />}
          <EngineBanner />
          <Switch>
            {views.map(({ path, name, ownEngineOnly, View }) => (
              <Route key={path} path={`${path}/*?`}>
                {ownEngineOnly === true ? (
                  <EngineGate name={name}>
                    <View />
                  </EngineGate>
                ) : (
                  <View />
                )}
              </Route>
            ))}
            <Route>
              <Redirect to={firstPath} replace />
            </Route>
          </Switch>
        </main>
      </div>
      {showsHelp && <Help open={help} onOpenChange={setHelp} />}
      {showsPalette && <Palette open={palette} onOpenChange={setPalette} onHelp={() => setHelp(true)} />}
      <Announcer />
    </Router>
  );
}

/** Dialogs load with their first opening and stay. */
function useWasOpen(open: boolean): boolean {
  const [wasOpen, setWasOpen] = useState(open);
  if (open && !wasOpen) setWasOpen(true);
  return wasOpen;
}

const isDialogOpen = (): boolean => document.querySelector("[role=dialog]") !== null;

/** The hash is the route, so the skip link moves the focus itself. */
function skipToMain(event: { preventDefault: () => void }) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
