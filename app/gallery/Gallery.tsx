import { useState } from "react";

import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Stack, View } from "../ui/layout.tsx";
import { chartStories } from "./charts.tsx";
import { controlStories } from "./controls.tsx";
import { feedbackStories } from "./feedback.tsx";
import { markStories } from "./marks.tsx";
import type { Story } from "./story.ts";

export const stories: readonly Story[] = [
  ...controlStories,
  ...feedbackStories,
  ...chartStories,
  ...markStories,
];

/** All parts below each other, with a switch of the theme. */
export function Gallery() {
  const [dark, setDark] = useState(document.documentElement.dataset["theme"] === "dark");
  const change = () => {
    document.documentElement.dataset["theme"] = dark ? "light" : "dark";
    setDark(!dark);
  };
  const parts = [...new Set(stories.map(({ part }) => part))];
  return (
    <main style={{ maxWidth: 1200, margin: "0 auto", padding: 24 }}>
      <View
        question="How does each part look, in each of its states?"
        sub="The parts of ui/ and charts/. A view is put together from these alone."
        actions={<Button onClick={change}>{dark ? "Light" : "Dark"}</Button>}
      >
        {parts.map((part) => (
          <Card key={part} title={part}>
            <Stack gap="large">
              {stories
                .filter((story) => story.part === part)
                .map((story) => (
                  <div key={story.state}>
                    <h3 style={{ marginBottom: 8, color: "var(--dim)", fontSize: 12.5 }}>{story.state}</h3>
                    {story.render()}
                  </div>
                ))}
            </Stack>
          </Card>
        ))}
      </View>
    </main>
  );
}
