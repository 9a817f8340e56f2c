"""What the modules of a dialect give and take."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from threatflux_training.errors import ReportError
from threatflux_training.reports.nodes import Node
from threatflux_training.reports.report import Report, Skipped

Item: TypeAlias = Report | Skipped | ReportError
"""What one place of a container turns out to be."""
Unwrap: TypeAlias = Callable[[Node], Iterator[Item]]
"""Reads a value found inside another one."""
