"""Batch norms that a network has only while it is trained."""

from __future__ import annotations

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval


def without_norms(layers: nn.Sequential) -> nn.Sequential:
    """The same function with its batch norms multiplied into the layers before them."""
    out: list[nn.Module] = []
    for layer in layers:
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            out[-1] = (fuse_linear_bn_eval if isinstance(out[-1], nn.Linear) else fuse_conv_bn_eval)(out[-1], layer)
        else:
            out.append(layer)
    return nn.Sequential(*out)
