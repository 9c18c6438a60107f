"""Trains the tokenizer on generated samples: python3 make_tokenizer.py OUT.json"""

import json
import random
import sys
from collections import Counter
from pathlib import Path

import workloads as w
from bpe import PATTERN, SPECIAL_PATTERN, Tokenizer, to_units, train_merges
from data import MIX, draw_sample

SIZE = int(sys.argv[2]) if len(sys.argv) > 2 else 1024
SAMPLES = 12_000


def must_be_single():
    """Words that must become one token, in each form in which answers use them."""
    words = []
    for name in w.NAMES:
        words += [" " + name, " " + name.lower()]
    for category, items in w.CATEGORIES.items():
        for word in [category, *items]:
            words += [word, " " + word]
    lists = w.EMAIL["lists"]
    words += [" " + r for r in lists["roles"]] + lists["lastNames"] + lists["domains"] + lists["topLevel"]
    words += [" " + d for d in lists["domains"] + lists["days"] + w.USER["lists"]["budgets"]]
    words += [f" {n}" for n in range(1, 17)]
    return words


def corpus_counts():
    rng = random.Random(1)
    counts = Counter()
    for _ in range(SAMPLES):
        text = "".join(t for t, _ in draw_sample(rng))
        for part in SPECIAL_PATTERN.split(text):
            counts.update(PATTERN.findall(part))
    return counts


def main():
    counts = corpus_counts()
    single = must_be_single()
    for word in single:
        counts[word] += 400
    # Rare words (made-up names, numbers) do not deserve merges.
    kept = Counter({to_units(word): n for word, n in counts.items() if n >= 60 and len(word) > 1})
    tokenizer = Tokenizer(train_merges(kept, SIZE), SIZE)
    split = [word for word in single if len(tokenizer.encode(word)) > 1]
    used = sum(len(tokenizer.encode_word(p)) * n for p, n in counts.items())
    print(f"{len(tokenizer.merges)} merges, {len(single)} words, {len(split)} of them split: {split}")
    print(f"{used / sum(counts.values()):.3f} tokens a piece; mix {MIX}")
    Path(sys.argv[1]).write_text(
        json.dumps(tokenizer.to_json(), ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
