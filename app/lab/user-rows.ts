/** Rows of the user-analysis workload, drawn by the rules of user-analysis.json. */
import { isHeldOut } from "./held-out.ts";
import { createRandom, type Random } from "./random.ts";
import { fill, type TemplateValues } from "./template.ts";
import { drawRows, type Row } from "./workload.ts";
import definition from "./workloads/user-analysis.json" with { type: "json" };

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
  const [first, second, third] = random.sample(categories, 3);
  const [firstViews, secondViews, thirdViews] = random.sample(viewCounts, 3);
  const viewed = [
    { category: first, views: firstViews ?? 0 },
    { category: second, views: secondViews ?? 0 },
    { category: third, views: thirdViews ?? 0 },
  ].flatMap(({ category, views }) => (category === undefined ? [] : [{ ...category, views }]));
  const top = viewed.reduce((best, next) => (next.views > best.views ? next : best));
  const others = viewed.filter((other) => other !== top);
  const [other1, other2] = others;
  if (other1 === undefined || other2 === undefined) throw new Error("a row wants three categories");

  const ownedTop = random.choice(top.items);
  const owned = random.sample([ownedTop, random.choice(random.choice(others).items)], 2);
  const budget = random.choice(budgets);
  const count = budget === "low" || budget === "mid" || budget === "high" ? recommendationCount[budget] : 0;
  // The items that follow the owned one; the catalogue starts over at its end.
  const following = [...top.items, ...top.items].slice(top.items.indexOf(ownedTop) + 1);
  const recommended = following.slice(0, count);
  const name = random.choice(names);
  const values: TemplateValues = {
    name,
    views: viewed.map((category) => `${category.views} ${category.name}`).join(", "),
    owned: owned.join(", "),
    budget,
    top: top.name,
    topViews: top.views,
    other1: other1.name,
    other1Views: other1.views,
    other2: other2.name,
    other2Views: other2.views,
    ownedTop,
    count,
    itemWord: count === 1 ? "item" : "items",
    recommendationsList: recommended.join(", "),
    recommendationsProse: [recommended.slice(0, -1).join(", "), ...recommended.slice(-1)]
      .filter((part) => part !== "")
      .join(" and "),
    recommendationsJson: recommended.map((item) => `"${item}"`).join(", "),
  };
  const record = fill(definition.record, values);
  return { label: `${name}, ${top.name}, ${budget} budget`, values: { ...values, record } };
}
