"""Trains the model on the generated mix. Stops and resumes at any step.

python3 train.py --run DIR --tokenizer tokenizer.json --steps 4500 --threads 2
"""

import argparse
import time
from contextlib import contextmanager
from pathlib import Path

import torch
import torch.nn.functional as F

from bpe import PAD, Tokenizer
from data import step_samples
from decode import quick_table
from mlc import rounded
from model import Config, Model
from reader import read_model


def orthogonalize(g, iterations=4):
    """Newton-Schulz: the nearest (semi-)orthogonal matrix, roughly (Muon)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = g.shape[0] > g.shape[1]
    x = g.T if tall else g
    x = x / (x.norm() + 1e-7)
    for _ in range(iterations):
        s = x @ x.T
        x = a * x + (b * s + c * s @ s) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum, made orthogonal; fused projections are treated part by part."""

    def __init__(self, modules, lr, momentum=0.95, decay=0.01):
        groups = [{"params": [m.weight], "blocks": m.blocks} for m in modules]
        super().__init__(groups, dict(lr=lr, momentum=momentum, decay=decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            p = group["params"][0]
            m = self.state[p].setdefault("momentum", torch.zeros_like(p))
            m.mul_(group["momentum"]).add_(p.grad)
            update = p.grad + group["momentum"] * m
            parts = [orthogonalize(u) * max(1, u.shape[0] / u.shape[1]) ** 0.5
                     for u in update.split(group["blocks"])]
            p.mul_(1 - group["lr"] * group["decay"])
            p.add_(torch.cat(parts), alpha=-group["lr"])


def schedule(step, elapsed, args):
    """Warm-up, constant, then linear decay to 2% over the last steps (or minutes)."""
    warm = min(1.0, (step + 1) / 60)
    left = (args.steps - step) / max(1, args.steps - args.decay_from)
    if args.minutes:
        left = 1 - elapsed / (60 * args.minutes)
    return args.peak * warm * max(0.02, min(1.0, left))


def copy_share(step):
    return max(0.0, 0.4 * (1 - step / 300))


def batches(samples, groups):
    """Splits a step's samples by length, so that little is padded."""
    samples = sorted(samples, key=lambda s: len(s[0]))
    total, at, part = sum(len(s[0]) for s in samples), 0, []
    for sample in samples:
        part.append(sample)
        at += len(sample[0])
        if at >= total / groups:
            yield part
            at, part = 0, []
    if part:
        yield part


def loss_of(model, part, weight_sum):
    """Weighted cross entropy of a padded batch; only weighted positions get logits."""
    width = max(len(ids) for ids, _ in part)
    ids = torch.full((len(part), width), PAD)
    weights = torch.zeros(len(part), width)
    for i, (sample, w) in enumerate(part):
        ids[i, : len(sample)] = torch.tensor(sample)
        weights[i, : len(sample)] = torch.tensor(w)
    targets, weights = ids[:, 1:], weights[:, 1:]
    chosen = weights > 0
    hidden = model.hidden(ids[:, :-1])[chosen]
    losses = F.cross_entropy(model.logits(hidden), targets[chosen], reduction="none")
    return (losses * weights[chosen]).sum() / weight_sum


@contextmanager
def quantized(model, on):
    """The q4f16_1 values in place of the weights, so that training gets used to them."""
    if not on:
        yield
        return
    values = rounded(model.state_dict(), "q4f16_1", factors=5)
    kept = {name: p.data for name, p in model.named_parameters()}
    for name, p in model.named_parameters():
        p.data = values[name]
    yield
    for name, p in model.named_parameters():
        p.data = kept[name]


def save(path, model, optimizers, step, config):
    temporary = path.with_suffix(".tmp")
    torch.save({"model": model.state_dict(), "step": step, "config": config.to_dict(),
                "optimizers": [o.state_dict() for o in optimizers]}, temporary)
    temporary.replace(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--start-from", type=Path, help="an exported q0f16 model to go on from")
    parser.add_argument("--steps", type=int, default=4500)
    parser.add_argument("--decay-from", type=int, default=2500)
    parser.add_argument("--peak", type=float, default=1.0, help="factor of the learning rates")
    parser.add_argument("--quantize-from", type=int, default=10**9,
                        help="from this step on every other step runs on q4f16_1 values")
    parser.add_argument("--minutes", type=float, help="decay over this time instead, then stop")
    parser.add_argument("--tokens", type=int, default=3072)
    parser.add_argument("--groups", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--check-every", type=int, default=500)
    parser.add_argument("--stop-at", type=int, default=10**9)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.run.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.load(args.tokenizer)
    config = Config(vocab_size=len(tokenizer.units))
    model = Model(config)
    matrices = [m for m in model.modules() if hasattr(m, "blocks")]
    muon_ids = {id(m.weight) for m in matrices}
    rest = [p for p in model.parameters() if id(p) not in muon_ids]
    optimizers = [Muon(matrices, 0.02), torch.optim.AdamW(rest, 3e-3, (0.9, 0.95), weight_decay=0.0)]
    rates, start, path = [0.02, 3e-3], 0, args.run / "last.pt"
    if path.exists():
        state = torch.load(path)
        model.load_state_dict(state["model"])
        for optimizer, saved in zip(optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved)
        start = state["step"]
    elif args.start_from:
        model.load_state_dict(read_model(args.start_from).state_dict())
        start = args.decay_from
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, from step {start}", flush=True)
    started = began = time.time()
    shown, smooth = start, None
    for step in range(start, min(args.steps, args.stop_at)):
        samples = step_samples(tokenizer, config.vocab_size, args.seed, step, args.tokens, copy_share(step))
        weight_sum = sum(sum(w[1:]) for _, w in samples)
        model.zero_grad(set_to_none=True)
        total = 0.0
        # Every other step, so that both formats end well.
        with quantized(model, on=step >= args.quantize_from and step % 2 == 1):
            for part in batches(samples, args.groups):
                loss = loss_of(model, part, weight_sum)
                loss.backward()
                total += loss.item()
        torch.nn.utils.clip_grad_norm_(rest, 1.0)
        for optimizer, rate in zip(optimizers, rates):
            for group in optimizer.param_groups:
                group["lr"] = rate * schedule(step, time.time() - started, args)
            optimizer.step()
        smooth = total if smooth is None else 0.95 * smooth + 0.05 * total
        done = step + 1
        if done % 20 == 0:
            each = (time.time() - began) / (done - shown)
            print(f"step {done} loss {smooth:.4f} {each:.2f} s/step {time.strftime('%H:%M:%S')}", flush=True)
            began, shown = time.time(), done
        over = args.minutes and time.time() - started > 60 * args.minutes
        if done % 100 == 0 or done == args.steps or over:
            save(path, model, optimizers, done, config)
        if done % args.check_every == 0 or done == args.steps or over:
            print(quick_table(model, tokenizer, rows=40), flush=True)
            with quantized(model, on=done > args.quantize_from):
                print("q4f16_1" + quick_table(model, tokenizer, rows=40), flush=True)
            began, shown = time.time(), done
        if over:
            break


if __name__ == "__main__":
    main()
