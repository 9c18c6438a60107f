"""The training mix: samples as texts with a loss weight for each stretch.

A sample is a list of (text, weight). Weight 1 marks answers; prompts weigh
PROMPT_WEIGHT, because random names in them cannot be predicted.
"""

import random

import workloads as w
from bpe import END, SPECIAL

PROMPT_WEIGHT = 0.02
PLAIN_WEIGHT = 0.3
# The items to recommend are a look-up among 48, and learned last.
LOOKUP_WEIGHT = 3.0
# Shares of the kinds of sample.
MIX = {
    "structured": 0.12,
    "json": 0.09,
    "naive": 0.19,
    "short": 0.28,
    "email": 0.29,
    "chat": 0.02,
    "prose": 0.01,
}
# How often an answer follows the workload's convention where the instruction does not tell it.
USUAL_WITH_EXAMPLES, USUAL_WITHOUT = 0.85, 0.1
LEVEL_SHARES = {"verbose": 26, "standard": 22, "compressed": 22, "minimal": 30}


def chat(system, user_parts, answer, lookup="\0"):
    """The parts of a chat; `lookup` is the stretch of the answer that weighs more."""
    before, found, after = answer.partition(lookup)
    return [("<|system|>" + system + "<|end|><|user|>", PROMPT_WEIGHT), *user_parts,
            ("<|end|><|assistant|>", 0.0), (before, 1.0), (found, LOOKUP_WEIGHT),
            (after + "<|end|>", 1.0)]


def user_sample(rng, plan_id, call_index):
    """One call of a plan. Earlier answers in its prompt count as answers too."""
    plan = w.USER_PLANS[plan_id]
    row = w.user_row(rng, held_out=False)
    answers = w.expected_answers(plan, row)
    call = plan["calls"][call_index]
    marks = {k: f"\x00{v}\x00" for k, v in answers.items()}
    system, user = w.call_prompt(call, row, marks)
    parts = [(p, 1.0 if i % 2 else PROMPT_WEIGHT) for i, p in enumerate(user.split("\x00"))]
    return chat(system + disturbance(rng), parts, answers[call["id"]], row["recommendationsJson"])


def disturbance(rng):
    """Now and then a request id or a time, as people put into prompts."""
    if rng.random() > 0.04:
        return ""
    if rng.random() < 0.5:
        return f" Request {rng.randrange(10000)}."
    return f" Time: {rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}."


def short_sample(rng):
    plan, call = rng.choice([
        ("same-answers-chain", 0), ("same-answers-chain", 1), ("same-answers-chain", 1),
        ("same-answers-chain", 1), ("same-answers-chain", 2), ("parallel", 2),
    ])
    return user_sample(rng, plan, call)


def instruction(rng):
    """A level, its system message and the parts of the convention that it does not tell."""
    level = w.EMAIL_LEVELS[rng.choices(list(LEVEL_SHARES), list(LEVEL_SHARES.values()))[0]]
    loose = rng.random() < 0.5  # shortened as the app's rewrite steps do
    missing, texts = set(level.get("missing", [])), []
    for part in level["parts"]:
        text = part["text"]
        if loose and "shorter" in part and rng.random() < 0.5:
            text = part["shorter"]
        if part["kind"] in ("separator", "absent") and rng.random() < 0.04:
            missing.add(part["kind"])
            text = ""
        texts.append(text)
    return level["id"], " ".join(t for t in texts if t), missing


def email_sample(rng):
    level, system, missing = instruction(rng)
    form = w.EMAIL_FORMATS[rng.choice(["labelled", "arrow"])]
    # The most compressed instruction without any example is rare (3% of all samples).
    shares = [30, 15, 25, 15, 15] if level == "minimal" else [30, 22, 24, 14, 10]
    count = rng.choices(range(5), shares)[0]
    convention = {}
    for key in ("separator", "absent"):
        usual, other = w.EMAIL["conventions"][key]
        # What the prompt leaves open is answered in more than one way; with examples mostly in the usual one.
        share = 1 if key not in missing else USUAL_WITH_EXAMPLES if count else USUAL_WITHOUT
        convention[key] = usual if rng.random() < share else other
    parts = []
    for row in example_rows(rng, count, telling=missing and rng.random() < 0.7):
        before, after = form["example"].split("{{answer}}")
        parts.append((w.fill(before, row)[:-1], PROMPT_WEIGHT))
        parts.append((" " + w.email_answer(row["emails"], **convention) + after, 1.0))
    row = w.email_row(rng, held_out=False, pseudo=0.05)
    parts.append((w.fill(form["query"], row), PROMPT_WEIGHT))
    answer = " " + w.email_answer(row["emails"], **convention)
    return chat(system + disturbance(rng), parts, answer)


def example_rows(rng, count, telling):
    """Rows for examples; telling ones show the separator and the answer for no address."""
    rows = []
    for wanted in ([2, 0] if telling else [])[:count]:
        row = w.email_row(rng, held_out=False, pseudo=0.05)
        while len(row["emails"]) != wanted:
            row = w.email_row(rng, held_out=False, pseudo=0.05)
        rows.append(row)
    rows += [w.email_row(rng, held_out=False, pseudo=0.05) for _ in range(count - len(rows))]
    rng.shuffle(rows)
    return rows


def chat_sample(rng):
    topic = rng.choice(w.CHAT["chat"])
    parts = [(rng.choice(topic["user"]), PROMPT_WEIGHT)]
    sample = chat(rng.choice(w.CHAT["system"]), parts, topic["answer"])
    return sample


def prose_sample(rng):
    sentences = []
    for _ in range(rng.randint(3, 6)):
        category, category2 = rng.sample(list(w.CATEGORIES), 2)
        name, name2 = rng.sample(w.NAMES, 2)
        values = {
            "category": category, "category2": category2, "item": rng.choice(w.CATEGORIES[category]),
            "name": name, "name2": name2, "day": rng.choice(w.EMAIL["lists"]["days"]),
            "hour": rng.choice(w.EMAIL["lists"]["hours"]),
        }
        sentences.append(w.fill(rng.choice(w.CHAT["prose"]), values))
    return [(" ".join(sentences) + "<|endoftext|>", PLAIN_WEIGHT)]


def draw_sample(rng):
    kind = rng.choices(list(MIX), list(MIX.values()))[0]
    if kind in ("structured", "json"):
        return user_sample(rng, kind, 0)
    if kind == "naive":
        return user_sample(rng, "naive-chain", rng.choice([0, 1, 1, 2]))
    return {"short": short_sample, "email": email_sample, "chat": chat_sample, "prose": prose_sample}[kind](rng)


def encode_sample(tokenizer, parts):
    """(ids, weights): the weight of a token is that of the part it ends in."""
    ids, ends = tokenizer.encode_with_ends("".join(text for text, _ in parts))
    limits, at = [], 0
    for text, weight in parts:
        at += len(text)
        limits.append((at, weight))
    weights, k = [], 0
    for end in ends:
        while end > limits[k][0]:
            k += 1
        weights.append(limits[k][1])
    return ids, weights


def copy_sample(rng, vocabulary):
    """Random tokens, then the same again: copying is learned first."""
    n = rng.randint(4, 30)
    ids = [rng.randrange(len(SPECIAL), vocabulary) for _ in range(n)]
    return ids + [END] + ids + [END], [0.0] * (n + 1) + [1.0] * (n + 1)


def step_samples(tokenizer, vocabulary, seed, step, tokens, copies):
    """The samples of a step: a function of seed and step, so a run can be resumed."""
    rng = random.Random(seed * 1_000_003 + step)
    out, total = [], 0
    while total < tokens:
        if rng.random() < copies:
            sample = copy_sample(rng, vocabulary)
        else:
            sample = encode_sample(tokenizer, draw_sample(rng))
        out.append(sample)
        total += len(sample[0])
    return out
