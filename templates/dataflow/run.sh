#!/usr/bin/env bash
# Start a job from the template: reports, output and name, then any parameter of the template:
#   PROJECT=my-project REGION=europe-west1 BUCKET=my-bucket [TAG=1] [WORKERS=20] [MACHINE=n2-standard-2] \
#     templates/dataflow/run.sh gs://my-bucket/reports gs://my-bucket/datasets files max_tokens=8192
# The command ends when the job is started; its page and `gcloud dataflow jobs list` show it. DRY=1 prints the command.
set -euo pipefail
: "${PROJECT:?name the project}" "${REGION:?name the region, such as europe-west1}" "${BUCKET:?name a bucket, without gs://}"
if [ $# -lt 3 ]; then echo "usage: run.sh INPUT OUTPUT NAME [PARAMETER=VALUE ...]" >&2; exit 2; fi
# A name that is the same for every run of a dataset: Dataflow refuses a second job of that name beside the first.
plain=$(printf '%s' "$3" | tr '[:upper:]' '[:lower:]' | tr -c 'a-z0-9' '-' | cut -c1-40)
job="threatflux-${plain%-}-$(printf '%s' "${2%/}/$3" | sha256sum | cut -c1-8)"
parameters="input=$1~output=$2~name=$3"
for one in "${@:4}"; do parameters="$parameters~$one"; done

run() { if [ -n "${DRY:-}" ]; then printf '%q ' "$@"; echo; else "$@"; fi; }
# Values hold commas, hence another separator.
run gcloud dataflow flex-template run "$job" --project "$PROJECT" --region "$REGION" \
  --template-file-gcs-location "gs://$BUCKET/templates/threatflux-training-${TAG:-1}.json" \
  --staging-location "gs://$BUCKET/dataflow/staging" --temp-location "gs://$BUCKET/dataflow/temp" \
  --max-workers "${WORKERS:-20}" --worker-machine-type "${MACHINE:-n2-standard-2}" --parameters "^~^$parameters"
