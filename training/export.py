"""Writes a checkpoint to public/models in both formats: python3 export.py CHECKPOINT TOKENIZER"""

import sys
from pathlib import Path

import torch

from bpe import Tokenizer
from mlc import FORMATS, write_model
from model import Config

MODELS = Path(__file__).resolve().parent.parent / "public" / "models"


def main():
    saved = torch.load(sys.argv[1], map_location="cpu")
    tokenizer = Tokenizer.load(Path(sys.argv[2]))
    for form in FORMATS:
        folder = MODELS / f"scope-2m-{form}"
        write_model(folder, saved["model"], Config(**saved["config"]), form, tokenizer)
        print(folder.name, (folder / "params_shard_0.bin").stat().st_size, "bytes, step", saved["step"])


if __name__ == "__main__":
    main()
