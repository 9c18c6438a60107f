/** Rows of the user-analysis workload, drawn by the rules of user-analysis.json. */
import { isHeldOut } from "./held-out.ts";
import { createRandom, type Random } from "../../random.ts";
import { fill, type TemplateValues } from "../../template.ts";
import { drawRows, type Row } from "../workload.ts";
import definition from "./user-analysis.json" with { type: "json" };

export function userRows(count: number, seed: number): readonly Row[] {
  const random = createRandom(seed);
  return drawRows(
    count,
    () => drawUser(random),
    (row) => isHeldOut(recordOf(row)),
    recordOf,
  );
}

const recordOf = (row: Row): string => String(row.values["record"]);

function drawUser(random: Random): Row {
  const { names, budgets, categories, viewCounts, recommendationCount } = definition.lists;
  const [top, other1, other2] = random.sample(categories, 3);
  // The most viewed category stands first.
  const counts = random.sample(viewCounts, 3).toSorted((a, b) => b - a);
  const [topViews, other1Views, other2Views] = counts;
  if (top === undefined || other1 === undefined || other2 === undefined || topViews === undefined) {
    throw new Error("a row wants three categories");
  }
  const ownedTop = random.choice(top.items);
  const owned = random.sample([ownedTop, random.choice(random.choice([other1, other2]).items)], 2);
  const budget = random.choice(budgets);
  const count = budget === "low" || budget === "mid" || budget === "high" ? recommendationCount[budget] : 0;
  // The items that follow the owned one; the catalogue starts over at its end.
  const following = [...top.items, ...top.items].slice(top.items.indexOf(ownedTop) + 1);
  const recommended = following.slice(0, count);
  const name = random.choice(names);
  const values: TemplateValues = {
    name,
    views: [top, other1, other2]
      .map((category, place) => `${counts[place] ?? 0} ${category.name}`)
      .join(", "),
    owned: owned.join(", "),
    budget,
    top: top.name,
    topViews,
    other1: other1.name,
    other1Views: other1Views ?? 0,
    other2: other2.name,
    other2Views: other2Views ?? 0,
    ownedTop,
    count,
    itemWord: count === 1 ? "item" : "items",
    recommendationsList: recommended.join(", "),
    recommendationsJson: recommended.map((item) => `"${item}"`).join(", "),
  };
  const record = fill(definition.record, values);
  return { label: `${name}, ${top.name}, ${budget} budget`, values: { ...values, record } };
}
