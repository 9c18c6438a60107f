"""Reads an exported model back, so that evaluation and goldens see what ships."""

import hashlib
import json

import numpy
import torch

from mlc import dequantize
from model import Config, Model


def read_config(folder):
    raw = json.loads((folder / "mlc-chat-config.json").read_text(encoding="utf-8"))["model_config"]
    return Config(**{k: raw[k] for k in Config.__dataclass_fields__})


def read_tensors(folder):
    manifest = json.loads((folder / "tensor-cache.json").read_text(encoding="utf-8"))
    out = {}
    for shard in manifest["records"]:
        data = (folder / shard["dataPath"]).read_bytes()
        assert hashlib.md5(data).hexdigest() == shard["md5sum"], "shard does not match its md5"
        for r in shard["records"]:
            raw = data[r["byteOffset"] : r["byteOffset"] + r["nbytes"]]
            array = numpy.frombuffer(raw, "<u4" if r["dtype"] == "uint32" else "<f2")
            out[r["name"]] = array.reshape(r["shape"])
    return out


def unpack(words):
    """The codes of packed words, in order along K."""
    shifts = numpy.arange(8, dtype=numpy.uint32) * 4
    codes = (words[:, :, None] >> shifts) & 15
    return torch.from_numpy(codes.reshape(len(words), -1).astype("int32"))


def read_model(folder):
    """The model with the float32 values of the stored weights."""
    tensors, model = read_tensors(folder), Model(read_config(folder))
    state = {}
    for name, parameter in model.state_dict().items():
        base = name[: -len(".weight")]
        if f"{base}.q_weight" in tensors:
            scales = torch.from_numpy(tensors[f"{base}.q_scale"].astype("float32"))
            state[name] = dequantize(unpack(tensors[f"{base}.q_weight"]), scales, parameter.shape[1])
        else:
            state[name] = torch.from_numpy(tensors[name].astype("float32"))
    model.load_state_dict(state)
    return model.eval()
