"""The MLC weight format: q0f16 and q4f16_1, one shard, manifest, chat configuration."""

import hashlib
import json

import torch

from bpe import ASSISTANT, END, PAD, SPECIAL, USER

GROUP = 32
FORMATS = ("q0f16", "q4f16_1")
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
DEFAULT_SYSTEM = "You are a helpful assistant."


def quantize(weight, factors=35):
    """(codes 0..14, float16 scales) of [N, K] in groups of 32 along K.

    The scale starts at max|w| / 7 and is searched below that for the smallest
    squared error, clipping included; `factors` says how finely.
    """
    n, k = weight.shape
    groups = -(-k // GROUP)
    padded = torch.zeros(n, groups * GROUP)
    padded[:, :k] = weight
    blocks = padded.view(n, groups, GROUP)
    top = blocks.abs().amax(-1, keepdim=True).clamp_min(1e-6) / 7
    best_error = torch.full_like(top, float("inf"))
    best_scale, best_codes = top.half().float(), torch.zeros_like(blocks)
    for factor in torch.linspace(0.70, 1.04, factors):
        scale = (top * factor).half().float()
        codes = (blocks / scale).round().clamp(-7, 7)
        error = (codes * scale - blocks).square().sum(-1, keepdim=True)
        better = error < best_error
        best_error = torch.where(better, error, best_error)
        best_scale = torch.where(better, scale, best_scale)
        best_codes = torch.where(better, codes, best_codes)
    return (best_codes + 7).int().view(n, -1), best_scale.half().squeeze(-1)


def dequantize(codes, scales, k):
    n = codes.shape[0]
    values = (codes.view(n, -1, GROUP).float() - 7) * scales.float()[:, :, None]
    return values.view(n, -1)[:, :k].contiguous()


def pack(codes):
    """Eight consecutive codes a word, lowest nibble first."""
    shifts = torch.arange(8, dtype=torch.int64) * 4
    words = (codes.view(codes.shape[0], -1, 8).long() << shifts).sum(-1)
    return words.numpy().astype("<u4")


def is_matrix(name):
    return name.endswith("proj.weight") or name.endswith("embed_tokens.weight")


def rounded(state, form, factors=35):
    """The float32 weights that an engine sees after reading the format."""
    out = {}
    for name, value in state.items():
        if form == "q4f16_1" and is_matrix(name):
            codes, scales = quantize(value, factors)
            out[name] = dequantize(codes, scales, value.shape[1])
        else:
            out[name] = value.half().float()
    return out


def tensors(state, form):
    """(name, dtype, numpy array) of everything in the shard."""
    for name, value in state.items():
        if form == "q4f16_1" and is_matrix(name):
            codes, scales = quantize(value)
            base = name[: -len(".weight")]
            yield f"{base}.q_weight", "uint32", pack(codes)
            yield f"{base}.q_scale", "float16", scales.numpy().astype("<f2")
        else:
            yield name, "float16", value.half().numpy().astype("<f2")


def chat_config(config, form):
    return {
        "version": "0.1.0",
        "model_type": "llama",
        "quantization": form,
        "model_config": {
            "hidden_size": config.hidden_size,
            "intermediate_size": config.intermediate_size,
            "num_attention_heads": config.num_attention_heads,
            "num_hidden_layers": config.num_hidden_layers,
            "rms_norm_eps": config.rms_norm_eps,
            "vocab_size": config.vocab_size,
            "tie_word_embeddings": True,
            "position_embedding_base": config.position_embedding_base,
            "rope_theta": config.position_embedding_base,
            "rope_scaling": None,
            "context_window_size": config.context_window_size,
            "prefill_chunk_size": config.context_window_size,
            "num_key_value_heads": config.num_key_value_heads,
            "head_dim": config.head_dim,
            "tensor_parallel_shards": 1,
            "pipeline_parallel_stages": 1,
            "max_batch_size": 64,
        },
        "vocab_size": config.vocab_size,
        "context_window_size": config.context_window_size,
        "sliding_window_size": -1,
        "prefill_chunk_size": config.context_window_size,
        "attention_sink_size": -1,
        "tensor_parallel_shards": 1,
        "temperature": 0.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "repetition_penalty": 1.0,
        "top_p": 1.0,
        "tokenizer_files": ["tokenizer.json", "tokenizer_config.json"],
        "tokenizer_info": {
            "token_postproc_method": "byte_level",
            "prepend_space_in_encode": False,
            "strip_space_in_decode": False,
        },
        "conv_template": {
            "name": "scope",
            "system_template": "<|system|>{system_message}<|end|>",
            "system_message": DEFAULT_SYSTEM,
            "system_prefix_token_ids": None,
            "add_role_after_system_message": True,
            "roles": {"user": "<|user|>", "assistant": "<|assistant|>"},
            "role_templates": {
                "user": "{user_message}",
                "assistant": "{assistant_message}",
                "tool": "{tool_message}",
            },
            "messages": [],
            "seps": ["<|end|>"],
            "role_content_sep": "",
            "role_empty_sep": "",
            "stop_str": [],
            "stop_token_ids": [END, PAD],
            "function_string": "",
            "use_function_calling": False,
        },
        "pad_token_id": PAD,
        "bos_token_id": PAD,
        "eos_token_id": END,
    }


def tokenizer_config():
    added = {
        str(i): {"content": s, "lstrip": False, "normalized": False, "rstrip": False,
                 "single_word": False, "special": True}
        for i, s in enumerate(SPECIAL)
    }
    return {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": added,
        "additional_special_tokens": ["<|system|>", "<|user|>", "<|assistant|>"],
        "bos_token": None,
        "chat_template": CHAT_TEMPLATE,
        "clean_up_tokenization_spaces": False,
        "eos_token": SPECIAL[END],
        "model_max_length": 1024,
        "pad_token": SPECIAL[PAD],
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": None,
    }


def write_json(path, value, compact=False):
    style = {"separators": (",", ":")} if compact else {"indent": 2}
    path.write_text(json.dumps(value, ensure_ascii=False, **style) + "\n", encoding="utf-8")


def write_model(folder, state, config, form, tokenizer):
    folder.mkdir(parents=True, exist_ok=True)
    records, shard, parameters = [], bytearray(), sum(v.numel() for v in state.values())
    for name, dtype, array in tensors(state, form):
        data = array.tobytes()
        records.append({
            "name": name, "shape": list(array.shape), "dtype": dtype, "format": "f32-to-bf16",
            "nbytes": len(data), "byteOffset": len(shard),
        })
        shard += data
    (folder / "params_shard_0.bin").write_bytes(shard)
    manifest = {
        "metadata": {
            "ParamSize": len(records),
            "ParamBytes": float(len(shard)),
            "BitsPerParam": round(8 * len(shard) / parameters, 4),
        },
        "records": [{
            "dataPath": "params_shard_0.bin", "format": "raw-shard", "nbytes": len(shard),
            "md5sum": hashlib.md5(shard).hexdigest(), "records": records,
        }],
    }
    write_json(folder / "tensor-cache.json", manifest)
    write_json(folder / "mlc-chat-config.json", chat_config(config, form))
    write_json(folder / "tokenizer.json", tokenizer.to_json(), compact=True)
    write_json(folder / "tokenizer_config.json", tokenizer_config())
    assert tokenizer.encode("<|user|><|assistant|>") == [USER, ASSISTANT]
