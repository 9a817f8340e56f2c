"""What a graph bears out: jumps without a fixed target, a single block, a function without a return."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.samples import FEATURES, INSTRUCTION
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say
from threatflux_training.compose.document import flatten
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import control_flow
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

REQUEST = Request(persona=load_catalogue().personas[0], length="long", room=3_000, variant=0, key="k")


def _said(folder: Path, task: str, graph: dict[str, Any], **instruction: Any) -> list[str]:
    features = copy.deepcopy(FEATURES)
    features["control_flow"]["cfgs"][0] |= graph
    features["disassembly"]["instructions"] = [INSTRUCTION | instruction]
    (folder / "r.json").write_text(json.dumps({"file_path": "/usr/bin/tool", **features}))
    view = View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)
    draft = next(one for one in control_flow.offers(view, None) if one.task == task).build(REQUEST)
    assert isinstance(draft, Draft)
    return [one.phrase for one in flatten(draft.content) if isinstance(one, Say)]


@pytest.mark.parametrize("mnemonic", ["jmp", "notrack jmp", "bnd jmp"])
def test_a_jump_with_a_prefix_is_an_indirect_one_too(tmp_path: Path, mnemonic: str) -> None:
    said = _said(tmp_path, "control_flow.blocks", {}, mnemonic=mnemonic, operands="rax")
    assert "control_flow.indirect.here" in said
    assert "control_flow.direct" not in said


def test_a_single_block_is_no_longest_one(tmp_path: Path) -> None:
    assert "control_flow.blocks.longest" not in _said(tmp_path, "control_flow.blocks", {"edges": []})


def test_without_a_return_there_is_none_to_read(tmp_path: Path) -> None:
    for exits, told in (([0], True), ([], False)):
        assert ("control_flow.exits.next" in _said(tmp_path, "control_flow.exits", {"exit_blocks": exits})) is told
