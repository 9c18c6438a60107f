"""Held-out accuracy of both exported formats, per task, plan and format of prompt.

python3 evaluate.py [--rows 500] [--shots 0,1,2,3,4]

prints the table, writes results.json (after each cell) and the table of MODEL_CARD.md.
"""

import argparse
import json
from pathlib import Path

import torch

import workloads as w
from bpe import Tokenizer
from decode import email_texts, generate, held_out_rows, run_plan
from mlc import FORMATS
from reader import read_model

HERE = Path(__file__).resolve().parent
USER_SEED, EMAIL_SEED = 2024, 2025


def user_cell(model, tokenizer, plan, rows):
    answers = run_plan(model, tokenizer, plan, rows)
    scores = [w.score_user(plan, row, a) for row, a in zip(rows, answers)]
    return {
        "rows": len(rows),
        "parsed": sum(parsed for parsed, _ in scores) / len(rows),
        "accuracy": sum(right for _, right in scores) / len(rows),
    }


def email_cell(model, tokenizer, level, form, shots, rows):
    texts = email_texts(rows, level, form, shots)
    answers = generate(model, tokenizer, texts, w.EMAIL["maxTokens"])
    scores = [w.score_email(row, a) for row, a in zip(rows, answers)]
    return {
        "rows": len(rows),
        "accuracy": sum(right for right, _ in scores) / len(rows),
        "f1": round(sum(f1 for _, f1 in scores) / len(rows), 4),
    }


def user_cells(models, plans, rows):
    for plan in plans:
        for form, (model, tokenizer) in models.items():
            yield form, "user-analysis", plan["id"], user_cell(model, tokenizer, plan, rows)


def cells(models, count, shots):
    """(format, task, key, cell) for every cell, quick ones first."""
    users, emails = held_out_rows("user", count, USER_SEED), held_out_rows("email", count, EMAIL_SEED)
    plans = w.USER["plans"]
    yield from user_cells(models, [p for p in plans if len(p["calls"]) == 1], users)
    for number in shots[:2]:
        yield from email_cells(models, number, emails)
    yield from user_cells(models, [p for p in plans if len(p["calls"]) > 1], users)
    for number in shots[2:]:
        yield from email_cells(models, number, emails)


def email_cells(models, number, rows):
    for level in w.EMAIL_LEVELS:
        for layout in w.EMAIL_FORMATS:
            for form, (model, tokenizer) in models.items():
                cell = email_cell(model, tokenizer, level, layout, number, rows)
                yield form, "email-extraction", f"{level}/{layout}/{number}", cell


def markdown(results):
    percent = lambda x: f"{100 * x:.1f}%"
    lines = ["| task | plan or prompt | rows | " + " | ".join(FORMATS) + " |", "| --- | --- | ---: | ---: | ---: |"]
    for task in ("user-analysis", "email-extraction"):
        for key, cell in sorted(results[FORMATS[0]][task].items()):
            both = [results[f][task].get(key) for f in FORMATS]
            values = [percent(c["accuracy"]) if c else "-" for c in both]
            lines.append(f"| {task} | {key} | {cell['rows']} | " + " | ".join(values) + " |")
    return "\n".join(lines)


def write(results):
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    card = HERE / "MODEL_CARD.md"
    head, begin, rest = card.read_text(encoding="utf-8").partition("<!-- table -->\n")
    _, end, tail = rest.partition("<!-- end of table -->")
    card.write_text(head + begin + markdown(results) + "\n" + end + tail, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--shots", default="0,1,2,3,4", help="numbers of examples, comma separated")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    models, results = {}, {}
    for form in FORMATS:
        folder = HERE.parent / "public" / "models" / f"scope-2m-{form}"
        models[form] = read_model(folder), Tokenizer.load(folder / "tokenizer.json")
        results[form] = {"user-analysis": {}, "email-extraction": {}}
    for form, task, key, cell in cells(models, args.rows, [int(n) for n in args.shots.split(",")]):
        results[form][task][key] = cell
        print(form, key, cell, flush=True)
        write(results)
    print(markdown(results))


if __name__ == "__main__":
    main()
