"""The graph for Dataflow, built but not yet submitted."""

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

from pipeline.graph import build
from pipeline.job import facts
from pipeline.settings import Settings


def prepared(settings: Settings, arguments: list[str], workers: int) -> beam.Pipeline:
    """The whole pipeline; `arguments` are Beam's options, `workers` the processes for which work is dealt out."""
    options = PipelineOptions(arguments)
    options.view_as(StandardOptions).runner = "DataflowRunner"
    pipeline = beam.Pipeline(options=options)
    build(pipeline, settings, workers, facts(settings, workers))
    return pipeline
