"""Muon: what it orthogonalises, what it leaves to Adam, and that its state comes back."""

from __future__ import annotations

import io

import pytest
import torch
from torch import Tensor, nn

from training.muon import Muon, orthogonalise


@pytest.mark.parametrize("shape", [(8, 8), (5, 40), (48, 6)])
def test_singular_values_come_near_one(shape: tuple[int, int]):
    generator = torch.Generator().manual_seed(3)
    matrix = torch.randn(shape, generator=generator)
    values = torch.linalg.svdvals(orthogonalise(matrix))
    assert 0.6 < float(values.min()) <= float(values.max()) < 1.3
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    assert float((orthogonalise(matrix) * (u @ v)).sum()) / min(shape) > 0.8  # the same directions
    assert not orthogonalise(torch.zeros(4, 6)).any()


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3), nn.PReLU(8), nn.Conv2d(8, 3, 1))


def _loss(network: nn.Module, step: int) -> Tensor:
    return network(torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(step))).square().mean()


def test_convolutions_turn_and_the_rest_goes_as_adam_does():
    network, twin = _network(), _network()
    muon, adam = Muon(network.parameters(), lr=1e-2), torch.optim.Adam(twin.parameters(), lr=1e-2)
    before = network[2].weight.detach().clone()  # type: ignore[union-attr]
    for parameter, other in zip(network.parameters(), twin.parameters(), strict=True):
        parameter.grad = torch.randn_like(parameter)
        other.grad = parameter.grad.clone()
    for _ in range(3):  # the same gradients
        muon.step()
        adam.step()
    names = [name for name, _ in network.named_parameters()]
    equal = [
        bool(torch.allclose(a, b, atol=1e-6)) for a, b in zip(network.parameters(), twin.parameters(), strict=True)
    ]
    assert {name for name, same in zip(names, equal, strict=True) if not same} == {"0.weight", "2.weight"}
    moved = (network[2].weight.detach() - before).reshape(8, -1) / 1e-2  # type: ignore[union-attr]
    values = torch.linalg.svdvals(moved) / (0.2 * 72**0.5)
    assert 2.0 < float(values.min()) <= float(values.max()) < 3.7  # three steps


def test_its_state_comes_back_bit_for_bit():
    network = _network()
    optimizer = Muon(network.parameters(), lr=1e-2)
    for step in range(4):
        if step == 2:
            saved = {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
            saved = torch.load(_written(saved), weights_only=True)
        optimizer.zero_grad(set_to_none=True)
        _loss(network, step).backward()
        optimizer.step()
    restored = _network()
    restored.load_state_dict(saved["network"])
    taken_up = Muon(restored.parameters(), lr=1e-2)
    taken_up.load_state_dict(saved["optimizer"])
    for step in (2, 3):
        taken_up.zero_grad(set_to_none=True)
        _loss(restored, step).backward()
        taken_up.step()
    for one, other in zip(network.parameters(), restored.parameters(), strict=True):
        assert torch.equal(one, other)


def _written(state: dict) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return file


def test_it_learns():
    network = _network()
    optimizer = Muon(network.parameters(), lr=1e-2)
    first = float(_loss(network, 0).detach())
    for step in range(40):
        optimizer.zero_grad(set_to_none=True)
        _loss(network, step).backward()
        optimizer.step()
    assert float(_loss(network, 0).detach()) < 0.1 * first
