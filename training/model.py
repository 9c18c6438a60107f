"""A small Llama: RMSNorm, rotary halves, grouped-query attention, SwiGLU, tied embeddings.

Parameter names are those of the MLC format.
"""

from dataclasses import asdict, dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Config:
    vocab_size: int = 1280
    hidden_size: int = 192
    intermediate_size: int = 384
    num_hidden_layers: int = 5
    num_attention_heads: int = 6
    num_key_value_heads: int = 2
    head_dim: int = 32
    rms_norm_eps: float = 1e-5
    position_embedding_base: float = 10000.0
    context_window_size: int = 1024

    def to_dict(self):
        return asdict(self)


class RMSNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


def rotary(positions, config):
    """(cos, sin) of shape [positions, head_dim]; the second half repeats the first."""
    half = config.head_dim // 2
    inverse = config.position_embedding_base ** (-torch.arange(half, dtype=torch.float32) / half)
    angles = positions.float()[:, None] * inverse[None, :]
    angles = torch.cat([angles, angles], -1)
    return angles.cos(), angles.sin()


def rotate(x, cos, sin):
    """x: [batch, time, heads, head_dim]; halves (i, i + head_dim / 2) rotate together."""
    a, b = x.chunk(2, -1)
    return x * cos[:, None, :] + torch.cat([-b, a], -1) * sin[:, None, :]


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        q, kv = c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim
        self.qkv_proj = nn.Linear(c.hidden_size, q + 2 * kv, bias=False)
        self.o_proj = nn.Linear(q, c.hidden_size, bias=False)
        self.qkv_proj.blocks, self.o_proj.blocks = [q, kv, kv], [c.hidden_size]

    def forward(self, x, cos, sin, mask, cache=None):
        c, (n, t, _) = self.c, x.shape
        heads, groups = c.num_attention_heads, c.num_key_value_heads
        each = heads // groups
        qkv = self.qkv_proj(x).view(n, t, heads + 2 * groups, c.head_dim)
        qk = rotate(qkv[:, :, : heads + groups], cos, sin)
        # Query heads of a group lie one after the other: [n * groups, each * t, head_dim].
        q = qk[:, :, :heads].reshape(n, t, groups, each, c.head_dim).permute(0, 2, 3, 1, 4)
        q = q.reshape(n * groups, each * t, c.head_dim)
        k = qk[:, :, heads:].transpose(1, 2).reshape(n * groups, t, c.head_dim)
        v = qkv[:, :, heads + groups :].transpose(1, 2).reshape(n * groups, t, c.head_dim)
        if cache is not None:
            k, v = cache.append(self, k, v)
        scores = torch.bmm(q, k.transpose(1, 2)) * c.head_dim**-0.5
        scores = scores.view(n, groups, each, t, -1) + mask
        weights = scores.softmax(-1).view(n * groups, each * t, -1)
        out = torch.bmm(weights, v).view(n, groups, each, t, c.head_dim)
        return self.o_proj(out.permute(0, 3, 1, 2, 4).reshape(n, t, heads * c.head_dim))


class MLP(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate_up_proj = nn.Linear(c.hidden_size, 2 * c.intermediate_size, bias=False)
        self.down_proj = nn.Linear(c.intermediate_size, c.hidden_size, bias=False)
        self.gate_up_proj.blocks = [c.intermediate_size] * 2
        self.down_proj.blocks = [c.hidden_size]

    def forward(self, x):
        gate, up = self.gate_up_proj(x).chunk(2, -1)
        return self.down_proj(F.silu(gate) * up)


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self_attn, self.mlp = Attention(c), MLP(c)
        self.input_layernorm = RMSNorm(c.hidden_size, c.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(c.hidden_size, c.rms_norm_eps)

    def forward(self, x, cos, sin, mask, cache=None):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask, cache)
        return x + self.mlp(self.post_attention_layernorm(x))


class Body(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c.vocab_size, c.hidden_size)
        self.layers = nn.ModuleList(Layer(c) for _ in range(c.num_hidden_layers))
        self.norm = RMSNorm(c.hidden_size, c.rms_norm_eps)


class Model(nn.Module):
    def __init__(self, config=None, seed=0):
        super().__init__()
        torch.manual_seed(seed)
        self.config = c = config or Config()
        self.model = Body(c)
        nn.init.normal_(self.model.embed_tokens.weight, std=0.05)
        for name, p in self.named_parameters():
            if name.endswith("proj.weight"):
                nn.init.normal_(p, std=c.hidden_size**-0.5)
                if "o_proj" in name or "down_proj" in name:
                    p.data *= 0.2

    def hidden(self, ids):
        """Hidden states of right-padded sequences ids [n, t]."""
        t = ids.shape[1]
        cos, sin = rotary(torch.arange(t), self.config)
        mask = torch.full((t, t), float("-inf")).triu(1)
        x = self.model.embed_tokens(ids)
        for layer in self.model.layers:
            x = layer(x, cos, sin, mask)
        return self.model.norm(x)

    def logits(self, hidden):
        return hidden @ self.model.embed_tokens.weight.T
