"""Byte-level BPE: training, encoding, decoding, and files as Hugging Face writes them."""

import json
from collections import Counter

import regex

SPECIAL = ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
PAD, SYSTEM, USER, ASSISTANT, END = range(5)

# The pattern of GPT-2, which ByteLevel uses when use_regex is true.
PATTERN = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)
SPECIAL_PATTERN = regex.compile("(" + "|".join(regex.escape(s) for s in SPECIAL) + ")")


def byte_alphabet():
    """GPT-2's printable stand-in for each of the 256 bytes."""
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, extra = {b: chr(b) for b in keep}, 0
    for b in range(256):
        if b not in table:
            table[b] = chr(256 + extra)
            extra += 1
    return table


ALPHABET = byte_alphabet()
BYTE_OF = {c: b for b, c in ALPHABET.items()}


def to_units(text):
    return "".join(ALPHABET[b] for b in text.encode("utf-8"))


def merge_word(word, pair, joined):
    out, i = [], 0
    while i < len(word):
        if i + 1 < len(word) and word[i] == pair[0] and word[i + 1] == pair[1]:
            out.append(joined)
            i += 2
        else:
            out.append(word[i])
            i += 1
    return tuple(out)


def train_merges(counts, size):
    """Merges for word counts (words in byte units) until the vocabulary has `size`
    entries. Ties go to the pair that sorts first, so the result is deterministic."""
    words = {tuple(w): n for w, n in counts.items()}
    merges = []
    while len(SPECIAL) + 256 + len(merges) < size:
        pairs = Counter()
        for word, n in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = min(pairs, key=lambda p: (-pairs[p], p))
        joined = best[0] + best[1]
        merges.append(best)
        merged = Counter()
        for word, n in words.items():
            merged[merge_word(word, best, joined) if best[0] in word else word] += n
        words = merged
    return merges


class Tokenizer:
    def __init__(self, merges, size):
        self.merges = [tuple(m) for m in merges]
        self.ranks = {m: i for i, m in enumerate(self.merges)}
        units = [ALPHABET[b] for b in range(256)] + [a + b for a, b in self.merges]
        # A vocabulary that ran out of pairs is filled up with unused entries.
        units += [f"<|unused{i}|>" for i in range(size - len(SPECIAL) - len(units))]
        self.units = SPECIAL + units
        self.ids = {u: i for i, u in enumerate(self.units)}
        self.cache = {}

    @classmethod
    def load(cls, path):
        model = json.loads(path.read_text(encoding="utf-8"))["model"]
        return cls([m.split(" ") for m in model["merges"]], len(model["vocab"]))

    def encode_word(self, piece):
        if piece not in self.cache:
            word = tuple(to_units(piece))
            while len(word) > 1:
                pair = min(zip(word, word[1:]), key=lambda p: self.ranks.get(p, 1 << 30))
                if pair not in self.ranks:
                    break
                word = merge_word(word, pair, pair[0] + pair[1])
            self.cache[piece] = [self.ids[u] for u in word]
        return self.cache[piece]

    def encode(self, text):
        return self.encode_with_ends(text)[0]

    def encode_with_ends(self, text):
        """Token ids, and for each token the end (in characters) of its piece."""
        ids, ends, at = [], [], 0
        for part in SPECIAL_PATTERN.split(text):
            if part in SPECIAL:
                ids.append(SPECIAL.index(part))
                at += len(part)
                ends.append(at)
                continue
            for piece in PATTERN.findall(part):
                word = self.encode_word(piece)
                ids += word
                at += len(piece)
                ends += [at] * len(word)
        return ids, ends

    def decode(self, ids):
        """The text of the ids without special tokens."""
        units = "".join(self.units[i] for i in ids if i >= len(SPECIAL))
        return bytes(BYTE_OF[c] for c in units).decode("utf-8", errors="replace")

    def to_json(self):
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
        added = [
            {"id": i, "content": s, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True}
            for i, s in enumerate(SPECIAL)
        ]
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": added,
            "normalizer": None,
            "pre_tokenizer": byte_level,
            "post_processor": None,
            "decoder": byte_level,
            "model": {
                "type": "BPE", "dropout": None, "unk_token": None,
                "continuing_subword_prefix": None, "end_of_word_suffix": None,
                "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                "vocab": self.ids,
                "merges": [f"{a} {b}" for a, b in self.merges],
            },
        }
