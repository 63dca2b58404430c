"""Going on from an exported network: its batch norms are folded into the convolutions before them, and are unfolded here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn


def start_from_onnx(network: nn.Module, path: Path, inputs: Tensor, prefix: str = "") -> None:
    """Gives `network` the weights of its export. Convolutions are matched in the order in which they run; each batch norm gets
    the deviation and mean that its input has on `inputs` as scale and shift, so that it changes nothing at first. `prefix`
    stands before the names of the other parameters in the file."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    stored = {t.name.removesuffix("_half"): torch.from_numpy(numpy_helper.to_array(t).astype(np.float32)) for t in graph.initializer}
    named = dict(network.named_parameters())
    with torch.no_grad():
        for name, value in stored.items():
            own = named.get(name.removeprefix(prefix))
            if own is not None and own.shape == value.shape:
                own.copy_(value)
    nodes = iter([node for node in graph.node if node.op_type == "Conv"])
    shift: Tensor | None = None

    def convolution(module: nn.Conv2d, _: tuple[Tensor]) -> None:
        nonlocal shift
        weights = [stored[name] for name in next(nodes).input[1:]]
        if weights[0].shape != module.weight.shape:
            raise ValueError(f"{path}: a convolution of {tuple(weights[0].shape)} where {tuple(module.weight.shape)} was expected")
        module.weight.data.copy_(weights[0])
        if module.bias is not None:
            module.bias.data.copy_(weights[1])
        shift = weights[1] if module.bias is None and len(weights) > 1 else None

    def norm(module: nn.BatchNorm2d, given: tuple[Tensor]) -> None:
        x = given[0]
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
        module.running_mean.copy_(mean)
        module.running_var.copy_(variance)
        module.weight.data.copy_((variance + module.eps).sqrt())
        module.bias.data.copy_(mean if shift is None else mean + shift)

    hooks = [m.register_forward_pre_hook(convolution) for m in network.modules() if isinstance(m, nn.Conv2d)]
    hooks += [m.register_forward_pre_hook(norm) for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    network.eval()
    with torch.no_grad():
        network(inputs)
    for hook in hooks:
        hook.remove()
