"""Batched greedy decoding with a KV cache, and a quick table for training."""

import random

import torch

import workloads as w
from bpe import END, PAD
from model import rotary


class Cache:
    """Keys and values per layer, grown by concatenation."""

    def __init__(self):
        self.store = {}

    def append(self, layer, k, v):
        if layer in self.store:
            k, v = torch.cat([self.store[layer][0], k], 1), torch.cat([self.store[layer][1], v], 1)
        self.store[layer] = (k, v)
        return k, v

    def keep(self, rows, groups):
        index = (rows[:, None] * groups + torch.arange(groups)).flatten()
        self.store = {a: (k[index], v[index]) for a, (k, v) in self.store.items()}


@torch.no_grad()
def greedy_same_length(model, prompts, limit):
    """Greedy continuations, without the end token, of prompts of one length."""
    cache, config = Cache(), model.config
    ids = torch.tensor(prompts)
    alive, out, position = torch.arange(len(prompts)), [[] for _ in prompts], 0
    for _ in range(limit):
        t = ids.shape[1]
        cos, sin = rotary(torch.arange(position, position + t), config)
        mask = torch.full((t, position + t), float("-inf")).triu(position + 1)
        x = model.model.embed_tokens(ids)
        for layer in model.model.layers:
            x = layer(x, cos, sin, mask, cache)
        best = model.logits(model.model.norm(x[:, -1])).argmax(-1)
        position += t
        keep = (best != END) & (best != PAD)
        for row, token, going in zip(alive.tolist(), best.tolist(), keep.tolist()):
            if going:
                out[row].append(token)
        rows = keep.nonzero()[:, 0]
        if len(rows) == 0:
            break
        if len(rows) < len(alive):
            cache.keep(rows, config.num_key_value_heads)
        alive, ids = alive[rows], best[rows][:, None]
    return out


def greedy(model, prompts, limit, batch=256):
    """Greedy continuations of prompts of any length (grouped by equal length)."""
    by_length, out = {}, [None] * len(prompts)
    for i, p in enumerate(prompts):
        by_length.setdefault(len(p), []).append(i)
    for indices in by_length.values():
        for at in range(0, len(indices), batch):
            part = indices[at : at + batch]
            for i, ids in zip(part, greedy_same_length(model, [prompts[i] for i in part], limit)):
                out[i] = ids
    return out


def generate(model, tokenizer, texts, limit):
    return [tokenizer.decode(ids) for ids in greedy(model, [tokenizer.encode(t) for t in texts], limit)]


def run_plan(model, tokenizer, plan, rows):
    """Runs a plan's calls in order for all rows; returns a dict of answers per row."""
    answers = [{} for _ in rows]
    for call in plan["calls"]:
        texts = [
            w.chat_text(*w.call_prompt(call, row, {k: a[k].strip() for k in call["after"]}))
            for row, a in zip(rows, answers)
        ]
        for a, text in zip(answers, generate(model, tokenizer, texts, 90)):
            a[call["id"]] = text
    return answers


def email_texts(rows, level, form, count):
    examples = w.EMAIL["examples"][:count]
    system = w.level_text(w.EMAIL_LEVELS[level])
    return [w.chat_text(system, w.email_user(w.EMAIL_FORMATS[form], examples, r["text"])) for r in rows]


def held_out_rows(kind, count, seed):
    rng = random.Random(seed)
    draw = w.user_row if kind == "user" else w.email_row
    return [draw(rng, held_out=True) for _ in range(count)]


def quick_table(model, tokenizer, rows):
    """One line of accuracies for the log of training."""
    parts, table = [], held_out_rows("user", rows, 11)
    for plan in w.USER["plans"]:
        answers = run_plan(model, tokenizer, plan, table)
        right = sum(w.score_user(plan, r, a)[1] for r, a in zip(table, answers))
        parts.append(f"{plan['id']} {right}/{rows}")
    table = held_out_rows("email", rows, 12)
    for level, form, count in [("standard", "labelled", 0), ("standard", "arrow", 2),
                               ("compressed", "labelled", 3), ("verbose", "arrow", 4),
                               ("minimal", "arrow", 0), ("minimal", "labelled", 2)]:
        texts = generate(model, tokenizer, email_texts(table, level, form, count), w.EMAIL["maxTokens"])
        right = sum(w.score_email(r, t)[0] for r, t in zip(table, texts))
        parts.append(f"{level}/{form}/{count} {right}/{rows}")
    return "  check: " + ", ".join(parts)
