"""A layer that turns the gradient round, for games of two sides (Ganin et al. 2016)."""

import torch
from torch import Tensor


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, weight: float) -> Tensor:
        ctx.weight = weight
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        return -ctx.weight * gradient, None


def gradient_reversal(x: Tensor, weight: float = 1.0) -> Tensor:
    """`x` as it is, whose gradient is turned round and multiplied by `weight`.

    What follows it learns to lower a loss, what comes before it to raise the same loss (Ganin et
    al. 2016, equation 11). With a weight of 0 what comes before learns nothing from it.
    """
    return _Reversal.apply(x, weight)
