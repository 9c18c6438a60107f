"""Held-out accuracy of both exported formats, per task, plan and format of prompt.

python3 evaluate.py [--rows 500]     prints the table and writes results.json
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


def user_cells(model, tokenizer, count):
    rows, cells = held_out_rows("user", count, USER_SEED), {}
    for plan in w.USER["plans"]:
        answers = run_plan(model, tokenizer, plan, rows)
        scores = [w.score_user(plan, row, a) for row, a in zip(rows, answers)]
        cells[plan["id"]] = {
            "rows": count,
            "parsed": sum(parsed for parsed, _ in scores) / count,
            "accuracy": sum(right for _, right in scores) / count,
        }
        print(" ", plan["id"], cells[plan["id"]], flush=True)
    return cells


def email_cells(model, tokenizer, count):
    rows, cells = held_out_rows("email", count, EMAIL_SEED), {}
    for level in w.EMAIL_LEVELS:
        for form in w.EMAIL_FORMATS:
            for shots in w.EMAIL["exampleCounts"]:
                texts = email_texts(rows, level, form, shots)
                answers = generate(model, tokenizer, texts, w.EMAIL["maxTokens"])
                scores = [w.score_email(row, a) for row, a in zip(rows, answers)]
                key = f"{level}/{form}/{shots}"
                cells[key] = {
                    "rows": count,
                    "accuracy": sum(right for right, _ in scores) / count,
                    "f1": round(sum(f1 for _, f1 in scores) / count, 4),
                }
                print(" ", key, cells[key], flush=True)
    return cells


def markdown(results):
    percent = lambda x: f"{100 * x:.1f}%"
    lines = ["| task | plan or prompt | rows | " + " | ".join(FORMATS) + " |", "| --- | --- | ---: | ---: | ---: |"]
    for task in ("user-analysis", "email-extraction"):
        for key, cell in results[FORMATS[0]][task].items():
            values = [percent(results[f][task][key]["accuracy"]) for f in FORMATS]
            lines.append(f"| {task} | {key} | {cell['rows']} | " + " | ".join(values) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    results = {}
    for form in FORMATS:
        folder = HERE.parent / "public" / "models" / f"scope-2m-{form}"
        model, tokenizer = read_model(folder), Tokenizer.load(folder / "tokenizer.json")
        print(form, flush=True)
        results[form] = {
            "user-analysis": user_cells(model, tokenizer, args.rows),
            "email-extraction": email_cells(model, tokenizer, args.rows),
        }
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    table = markdown(results)
    card = HERE / "MODEL_CARD.md"
    if card.exists():
        head, begin, rest = card.read_text(encoding="utf-8").partition("<!-- table -->\n")
        _, end, tail = rest.partition("<!-- end of table -->")
        card.write_text(head + begin + table + "\n" + end + tail, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
