"""All blocks of evidence lines, by name: one explicit table over the modules that render them."""

from threatflux_training.evidence import (
    binary_lines,
    code,
    code_lines,
    hex_lines,
    identity_lines,
    package_lines,
    score_lines,
    string_lines,
    verdict_lines,
)
from threatflux_training.evidence.view import Renderer

BLOCKS: dict[str, Renderer] = {
    **identity_lines.BLOCKS,
    **binary_lines.BLOCKS,
    **code.BLOCKS,
    **code_lines.BLOCKS,
    **package_lines.BLOCKS,
    **string_lines.BLOCKS,
    **hex_lines.BLOCKS,
    **score_lines.BLOCKS,
    **verdict_lines.BLOCKS,
}
