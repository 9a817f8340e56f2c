"""Every option once: name, type, default, unit, help, group. No Beam here, so that `--help` is quick."""

from typing import Any, NamedTuple


class Option(NamedTuple):
    """An option of the job. `choices` empty: any value of the type; `many`: it may be given several times."""

    name: str
    kind: type
    default: Any
    help: str
    group: str
    choices: tuple[str, ...] = ()
    many: bool = False


RUNNERS = ("DirectRunner", "PrismRunner", "FlinkRunner", "DataflowRunner")
OPTIONS: tuple[Option, ...] = (
    Option("input", str, None, "a folder (searched recursively), a glob or a file of reports; may be repeated", "data", (), True),
    Option("output", str, None, "folder in which the dataset's folder is made", "data"),
    Option("name", str, None, "name of the dataset, also of its folder", "data"),
    Option("existing", str, "error", "what to do if a dataset of that name exists; extend keeps its groups", "data", ("error", "extend", "replace")),
    Option("max_rejected", str, "10%", "more rejected documents than this share (10%%) or count (25) give exit status 3", "data"),
    Option("examples_per_file", int, 25, "examples of a file at most; fewer where its report has little to say", "examples"),
    Option("max_tokens", int, 32_000, "tokens of a whole rendered chat at most", "examples"),
    Option("max_answer_tokens", int, 0, "tokens of all answers of a chat at most; 0: only max_tokens counts", "examples"),
    Option("token_margin", int, 0, "tokens kept free below max_tokens, for other tokenizers", "examples"),
    Option("tokenizer", str, "o200k_base", "the encoding in which tokens are counted", "examples", ("o200k_base", "cl100k_base")),
    Option("chunking", str, "on", "divide long lists over several examples", "examples", ("on", "off")),
    Option("negative_ratio", str, "0.15", "share of questions that the report cannot answer, 0 to 0.5, or off", "examples"),
    Option("recall", str, "honest", "questions without an excerpt: honest (what holds without the file), facts (facts of the file from memory), off", "examples", ("honest", "facts", "off")),
    Option("secrets", str, "mask", "keys, tokens and passwords in reports: mask (each as [SECRET-1a2b3c]), drop (no examples with them), keep", "examples", ("mask", "drop", "keep")),
    Option("min_quality", float, 0.0, "least quality score of an example, 0 to 1 (docs/quality.md)", "examples"),
    Option("decontaminate", str, [], "benchmark files whose texts no example may repeat: 13 words in a row", "examples", (), True),
    Option("quality", str, "warn", "what a missed bar of a measure does (docs/quality.md): fail gives exit status 4", "examples", ("warn", "fail", "off")),
    Option("bars", str, "", "bars in place of the documented ones, such as duplicates.masked=0.05,lengths.answer_median=100; they bind at any size", "examples"),
    Option("splits", str, "train=0.9,validation=0.05,test=0.05", "names and shares of the splits; similar files stay together, features are spread", "layout"),
    Option("output_format", str, "jsonl", "form of the shards", "layout", ("jsonl", "tfrecord", "avro")),
    Option("compression", str, "gzip", "compression of the shards", "layout", ("gzip", "zstd", "none")),
    Option("num_shards", int, 0, "shards of the train split, others in proportion; 0: one per 256 MB of rows", "layout"),
    Option("runner", str, "DirectRunner", "where the job runs: DirectRunner (all cores of this machine), PrismRunner, FlinkRunner, DataflowRunner; their own options, such as --flink_master, are Beam's and go to it as they are", "running", RUNNERS),
    Option("direct_num_workers", int, 0, "worker processes; 0: as many as cores, memory and input suggest", "running"),
    Option("memory_limit", str, "0", "memory for all processes together, such as 2G or 1500M; 0: what the machine or its container has free", "running"),
    Option("resume", str, "auto", "an unfinished run of this dataset: go on with it, never, or only if there is one", "running", ("auto", "never", "require")),
    Option("progress", str, "auto", "how to show it; auto: live on a terminal, else a line every few seconds", "running", ("auto", "live", "lines", "json", "none")),
    Option("staging", str, "", "folder for intermediate results, kept for later runs; default: .staging in the dataset's folder", "running"),
)  # fmt: skip
"""The options in the order of the help."""
