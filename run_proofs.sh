#!/usr/bin/env bash
# The slow proofs, in one command: what is written in each format is read by the readers that trainers use; runs that are
# killed give the dataset of an undisturbed one, on this machine and on a Flink cluster (needs Java and Maven), and so do
# runs in buckets; the Dataflow template works up to the service.
# Needs the environment of run_local.sh (.venv) or an active one; the readers and the clients of clouds get environments of
# their own.
set -euo pipefail
cd "$(dirname "$0")"
if [ -z "${VIRTUAL_ENV:-}" ]; then . .venv/bin/activate; fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
readers=${READERS_ENV:-$folder/readers}
if [ ! -x "$readers/bin/python" ]; then
  python3 -m venv "$readers"
  "$readers/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints-readers.txt \
    datasets tensorflow-cpu fastavro backports.zstd zstandard
fi
export HF_HOME="$folder/cache"
for form in jsonl:gzip jsonl:zstd jsonl:none tfrecord:gzip tfrecord:none avro:gzip avro:zstd avro:none; do
  name=${form/:/-}
  echo "$name"
  python -m pipeline --input examples/reports --output "$folder" --name "$name" --output_format "${form%:*}" \
    --compression "${form#*:}" --examples_per_file 8 --direct_num_workers 1 >"$folder/$name.log" 2>&1 ||
    { cat "$folder/$name.log"; exit 1; }
  "$readers/bin/python" tests/proofs/read_dataset.py "$folder/$name" 2>"$folder/$name.err" ||
    { cat "$folder/$name.err"; exit 1; }
done

echo "killed runs"
python -m benchmarks.multiply examples/reports "$folder/many" --count "${KILL_REPORTS:-100}"
# In runs this short the two seconds of work that a kill may cost weigh more than in the long ones of the bar.
python -m tests.proofs.kill_runs "$folder/many" --runs 6 --redone 0.3

echo "the job on a Flink cluster"
python -m benchmarks.multiply examples/reports "$folder/flink-in" --count "${FLINK_REPORTS:-40}"
python -m tests.proofs.flink_runs "$folder/flink-in" --folder "${FLINK_FOLDER:-$folder/flink}" \
  --cases local p2 worker cancel error bytes slots

echo "buckets and Dataflow"
clouds=${CLOUDS_ENV:-$folder/clouds}
if [ ! -x "$clouds/bin/python" ]; then
  python3 -m venv "$clouds"
  "$clouds/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints-clouds.txt \
    "setuptools>=70.1" "moto[server]" gcp-storage-emulator pytest hypothesis ".[aws,gcp]"
  "$clouds/bin/python" -m pip uninstall --quiet --yes threatflux-training-pipeline
fi
# The template's files are run by a user without rights, who has to reach that environment.
chmod a+rx "$folder"
python -m benchmarks.multiply examples/reports "$folder/few" --count 12
cp examples/reports/*.gz "$folder/few"
export PYTHONPATH=$PWD
"$clouds/bin/python" -m tests.proofs.bucket_runs "$folder/few"
"$clouds/bin/python" -m tests.proofs.dataflow_launch
"$clouds/bin/python" -m pytest -q -p no:xdist tests/pipeline/test_dataflow.py tests/pipeline/test_template.py
