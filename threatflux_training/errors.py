"""What can be wrong with an input. Only bad input raises these; our own bugs raise what they raise."""

from typing import Literal, get_args

Reason = Literal[
    "unreadable_source",  # the storage or the decompressor refused it
    "empty_document",  # nothing but white space
    "null_document",  # the word null, or a result that is null
    "cut_document",  # it ends in the middle
    "invalid_document",  # neither JSON nor YAML
    "too_deep",  # nested deeper than any report
    "tool_error",  # the scanner answered "Error: ..."
    "rpc_error",  # a JSON-RPC error object
    "not_a_report",  # valid, but nothing the scanner writes
    "no_features",  # a report in which every feature is null
    "no_identity",  # a report without any content hash
    "wrong_type",  # a field holds another type than the scanner writes
]
REASONS: tuple[str, ...] = get_args(Reason)


class ReportError(Exception):
    """A document that cannot be used.

    `reason` is one of REASONS, `detail` says what and where (a `$.path` inside the document where one is known).
    Both stand in `args`, because only those survive a worker border.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class SettingsError(Exception):
    """Wrong option values, all of them: one (option, value, remedy) each."""

    def __init__(self, problems: list[tuple[str, str, str]]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(f"--{option} {value}: {remedy}" for option, value, remedy in self.problems)


class CatalogueError(Exception):
    """A personas, questions, phrases or knowledge file that breaks its rules: one line per problem."""
