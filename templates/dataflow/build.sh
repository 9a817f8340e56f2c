#!/usr/bin/env bash
# Build the image, push it, and write the template's specification into a bucket:
#   PROJECT=my-project REGION=europe-west1 REPOSITORY=my-repository BUCKET=my-bucket [TAG=1] templates/dataflow/build.sh
# Needs gcloud with rights to write to Artifact Registry and to the bucket; the image is built by Cloud Build.
# DRY=1 prints what would be run, and the specification.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${PROJECT:?name the project}" "${REGION:?name the region, such as europe-west1}"
: "${REPOSITORY:?name a Docker repository of Artifact Registry}" "${BUCKET:?name a bucket, without gs://}"
image="$REGION-docker.pkg.dev/$PROJECT/$REPOSITORY/threatflux-training:${TAG:-1}"
template="gs://$BUCKET/templates/threatflux-training-${TAG:-1}.json"
python=${PYTHON:-python3}

run() { if [ -n "${DRY:-}" ]; then printf '%q ' "$@"; echo; else "$@"; fi; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m pipeline.template "$image" >"$folder/template.json"
cat >"$folder/cloudbuild.yaml" <<END
steps:
  - name: gcr.io/cloud-builders/docker
    args: [build, --file, templates/dataflow/Dockerfile, --build-arg, IMAGE=$image, --tag, $image, .]
images: [$image]
timeout: 3600s
END
run gcloud builds submit --project "$PROJECT" --region "$REGION" --config "$folder/cloudbuild.yaml" .
run gcloud storage cp "$folder/template.json" "$template"
if [ -n "${DRY:-}" ]; then cat "$folder/cloudbuild.yaml" "$folder/template.json"; fi
echo "template: $template"
