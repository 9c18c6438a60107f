"""The two workloads, read from the same JSON files as the app.

All texts live in app/lab/workloads/built-in/*.json. This module only draws rows from
their lists and fills their templates.
"""

import json
import re
import zlib
from pathlib import Path

WORKLOADS = Path(__file__).resolve().parent.parent / "app" / "lab" / "workloads" / "built-in"


def load(name):
    return json.loads((WORKLOADS / f"{name}.json").read_text(encoding="utf-8"))


USER = load("user-analysis")
EMAIL = load("email-extraction")
CHAT = load("chat")

NAMES = USER["lists"]["names"]
CATEGORIES = {c["name"]: c["items"] for c in USER["lists"]["categories"]}


def fill(template, values):
    """Replaces {{x}} by values["x"]."""
    return re.sub(r"\{\{([\w.]+)\}\}", lambda m: str(values[m[1]]), template)


def is_held_out(text):
    """One text in eight is never trained on: the rows of tables and goldens."""
    return zlib.crc32(text.encode()) % 8 == 0


# User analysis ---------------------------------------------------------------


def draw_user(rng):
    """A row with every variable that the templates use."""
    lists = USER["lists"]
    categories = rng.sample(list(CATEGORIES), 3)
    counts = rng.sample(lists["viewCounts"], 3)
    views = list(zip(categories, sorted(counts, reverse=True)))
    (top, top_views), *others = views
    owned_top = rng.choice(CATEGORIES[top])
    owned = [owned_top, rng.choice(CATEGORIES[rng.choice(others)[0]])]
    rng.shuffle(owned)
    budget = rng.choice(lists["budgets"])
    count = lists["recommendationCount"][budget]
    items = CATEGORIES[top]
    at = items.index(owned_top)
    recommended = [items[(at + k) % len(items)] for k in range(1, count + 1)]
    row = {
        "name": rng.choice(NAMES),
        "views": ", ".join(f"{n} {c}" for c, n in views),
        "owned": ", ".join(owned),
        "budget": budget,
        "top": top,
        "topViews": top_views,
        "other1": others[0][0],
        "other1Views": others[0][1],
        "other2": others[1][0],
        "other2Views": others[1][1],
        "ownedTop": owned_top,
        "count": count,
        "itemWord": "item" if count == 1 else "items",
        "recommendationsList": ", ".join(recommended),
        "recommendationsJson": ", ".join(f'"{x}"' for x in recommended),
    }
    row["record"] = fill(USER["record"], row)
    return row


def user_row(rng, held_out):
    while True:
        row = draw_user(rng)
        if is_held_out(row["record"]) == held_out:
            return row


USER_PLANS = {p["id"]: p for p in USER["plans"]}


def expected_answers(plan, row):
    return {c["id"]: fill(c["answer"], row) for c in plan["calls"]}


def call_prompt(call, row, answers):
    """(system, user) of a call; answers holds those of the calls before it."""
    values = dict(row, **{f"answers.{k}": v for k, v in answers.items()})
    return call["system"], fill(call["user"], values)


def score_user(plan, row, answers):
    """(parsed, right) for the answers of a plan's calls, as the app scores them."""
    answers = {k: v.strip() for k, v in answers.items()}
    if plan["parse"] == "prose":
        right = all(
            fill(part, row) in answers[f["call"]] for f in plan["facts"] for part in f["all"]
        )
        return True, right
    fields = parse_fields(plan, answers)
    wanted = {k: fill(v, row) for k, v in USER["answers"].items()}
    return fields is not None, fields == wanted


def unquote(fields):
    return dict(fields, recommendations=fields["recommendations"].replace('"', ""))


def parse_fields(plan, answers):
    if plan["parse"] == "plain":
        return unquote(answers)
    text = answers["all"]
    if plan["parse"] == "lines":
        found = {}
        for line in text.split("\n"):
            label, _, value = line.partition(": ")
            found[label] = value
        if set(found) != set(plan["labels"].values()):
            return None
        return unquote({k: found[label] for k, label in plan["labels"].items()})
    try:
        data = json.loads(text)
        data["recommendations"] = ", ".join(data["recommendations"])
        return data if set(data) == set(USER["answers"]) else None
    except (ValueError, TypeError, KeyError):
        return None


# Email extraction ------------------------------------------------------------


def draw_address(rng, pseudo=0.0):
    """An address of the closed lists, or (training only) one of made-up words."""
    lists = EMAIL["lists"]
    first, last = rng.choice(NAMES).lower(), rng.choice(lists["lastNames"])
    domain = rng.choice(lists["domains"])
    if rng.random() < pseudo:
        first, last, domain = (made_up_word(rng) for _ in range(3))
    kind = rng.random()
    local = first if kind < 0.4 else f"{first}.{last}" if kind < 0.8 else rng.choice(lists["roles"])
    return f"{local}@{domain}.{rng.choice(lists['topLevel'])}"


def made_up_word(rng):
    syllable = lambda: rng.choice("bcdfghklmnprstvz") + rng.choice("aeiou")
    return "".join(syllable() for _ in range(rng.choice([2, 2, 3])))


def draw_email(rng, pseudo=0.0):
    """A text with zero to two addresses."""
    lists, sentences = EMAIL["lists"], EMAIL["sentences"]
    count = rng.choice([0, 1, 1, 1, 2, 2, 2, 2])
    emails = [draw_address(rng, pseudo) for _ in range(count)]

    def sentence(kind, addresses):
        values = {f"e{i + 1}": a for i, a in enumerate(addresses)}
        values["name"], values["name2"] = rng.sample(NAMES, 2)
        values["day"], values["hour"] = rng.choice(lists["days"]), rng.choice(lists["hours"])
        values["domain"], values["top"] = rng.choice(lists["domains"]), rng.choice(lists["topLevel"])
        return fill(rng.choice(sentences[kind]), values)

    if count == 2 and rng.random() < 0.2:
        parts = [sentence("one", emails[:1]), sentence("one", emails[1:])]
    else:
        parts = [sentence(["none", "one", "two"][count], emails)]
        if rng.random() < 0.35:
            parts.insert(rng.choice([0, 1]), sentence("none", []))
    return {"text": " ".join(parts), "emails": emails}


def email_row(rng, held_out, pseudo=0.0):
    while True:
        row = draw_email(rng, pseudo)
        if is_held_out(row["text"]) == held_out and len(set(row["emails"])) == len(row["emails"]):
            return row


EMAIL_FORMATS = {f["id"]: f for f in EMAIL["formats"]}
EMAIL_LEVELS = {level["id"]: level for level in EMAIL["levels"]}


def level_text(level):
    return " ".join(part["text"] for part in level["parts"])


def email_answer(emails, separator=", ", absent="none"):
    return separator.join(emails) or absent


def email_user(form, examples, text):
    shots = "".join(
        fill(form["example"], {"text": e["text"], "answer": email_answer(e["emails"])})
        for e in examples
    )
    return shots + fill(form["query"], {"text": text})


def score_email(row, answer):
    """(right, F1) as the app scores them: a set, split at commas."""
    answer = answer.strip()
    found = set() if answer == "none" else {p.strip() for p in answer.split(",")}
    wanted = set(row["emails"])
    if not found and not wanted:
        return True, 1.0
    return found == wanted, 2 * len(found & wanted) / (len(found) + len(wanted))


def chat_text(system, user):
    return f"<|system|>{system}<|end|><|user|>{user}<|end|><|assistant|>"
