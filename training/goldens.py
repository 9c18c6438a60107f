"""Goldens for the app's engine and tokenizer, from the exported files.

public/models/scope-2m-FORMAT/goldens.json   40 prompts: ids, greedy continuation, top five logits a step
tokenizer-goldens.json                       5,000 texts and their ids
"""

import json
import random
from pathlib import Path

import torch

import workloads as w
from bpe import END, PAD, Tokenizer
from data import draw_sample
from mlc import FORMATS
from reader import read_model

HERE = Path(__file__).resolve().parent
STEPS, TOP, TEXTS = 48, 5, 5000


def prompts():
    """40 prompts: every call of every plan, all formats of email prompts, chat, prose."""
    rng, out = random.Random(99), []
    for plan in w.USER["plans"]:
        for call in plan["calls"]:
            row = w.user_row(rng, held_out=True)
            answers = w.expected_answers(plan, row)
            out.append(w.chat_text(*w.call_prompt(call, row, answers)))
    for level in w.EMAIL_LEVELS.values():
        for form in w.EMAIL_FORMATS.values():
            for count in (0, 2, 4):
                row = w.email_row(rng, held_out=True)
                user = w.email_user(form, w.EMAIL["examples"][:count], row["text"])
                out.append(w.chat_text(w.level_text(level), user))
    out += [w.chat_text(w.CHAT["system"][0], "Hello"), w.chat_text(w.CHAT["system"][0], "What can you do?")]
    out += ["The shop opens", "Rosa walked into", "a", "Été, 日本 – ✓ 123"][: 40 - len(out)]
    return out[:40]


@torch.no_grad()
def golden(model, tokenizer, text):
    ids, output, steps = tokenizer.encode(text), [], []
    for _ in range(STEPS):
        hidden = model.hidden(torch.tensor([ids + output]))[0, -1]
        values, best = model.logits(hidden).topk(TOP)
        steps.append({"ids": best.tolist(), "logits": [round(v, 4) for v in values.tolist()]})
        if best[0].item() in (END, PAD):
            break
        output.append(best[0].item())
    return {"prompt": text, "promptIds": ids, "outputIds": output, "text": tokenizer.decode(output), "top": steps}


def odd_text(rng):
    """Texts that a person may type: other scripts, white space, numbers, emoji."""
    bits = ["don't", "I'll we've", "naïve café", "Straße", "日本語", "привет", "😀👍🏽", "\t", "  ", "\n\n", "\r\n",
            "3.14", "1,024", "x²", "½", "a_b", "C++", "\u00a0", "e\u0301", "<|end|>", "<|user|>", "http://x.org/?q=1",
            "ALL CAPS", "…", "“quoted”", "\u200b", "{}[]", "$9.99", " leading", "trailing ", "٣٤", "नमस्ते", "#@!"]
    return rng.choice(["", " "]).join(rng.choice(bits) for _ in range(rng.randint(1, 6)))


def tokenizer_texts():
    rng, seen = random.Random(5), {"": 1}
    words = [n for n in w.NAMES] + [x for items in w.CATEGORIES.values() for x in items]
    while len(seen) < TEXTS:
        kind = rng.random()
        if kind < 0.12:
            text = "".join(t for t, _ in draw_sample(rng))
        elif kind < 0.45:
            text = w.draw_email(rng, pseudo=0.5)["text"]
        elif kind < 0.6:
            text = w.draw_user(rng)["record"]
        elif kind < 0.8:
            text = odd_text(rng)
        elif kind < 0.9:
            text = "".join(chr(rng.choice([rng.randint(32, 126), rng.randint(160, 0x24F), rng.randint(0x3040, 0x30FF)]))
                           for _ in range(rng.randint(1, 12)))
        else:
            text = rng.choice(["", " "]) + rng.choice([" ", ", ", "-"]).join(rng.choice(words) for _ in range(4))
        seen[text] = 1
    return list(seen)


def main():
    dump = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for form in FORMATS:
        source = HERE.parent / "public" / "models" / f"scope-2m-{form}"
        model, tokenizer = read_model(source), Tokenizer.load(source / "tokenizer.json")
        cases = [golden(model, tokenizer, text) for text in prompts()]
        body = ",\n".join(dump(c) for c in cases)
        (source / "goldens.json").write_text(
            f'{{"model":"scope-2m-{form}","stopIds":[{END},{PAD}],"cases":[\n{body}\n]}}\n', encoding="utf-8")
        print(form, len(cases), "prompts,", sum(len(c["top"]) for c in cases), "steps")
    pairs = ",\n".join(dump([t, tokenizer.encode(t)]) for t in tokenizer_texts())
    (HERE / "tokenizer-goldens.json").write_text(f"[\n{pairs}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
