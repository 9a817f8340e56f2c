#!/usr/bin/env bash
# Gets a pinned Flink and builds the Beam job server for it, with Maven alone.
#   get.sh [FOLDER]     default: ~/.cache/threatflux-flink
# MAVEN_REPO: Maven's local repository, default FOLDER/repository. Nothing is written into the checkout.
# Makes FOLDER/lib (Flink's jars) and FOLDER/job-server.jar (about 160 MB); what is there already is kept.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/threatflux-flink}
for tool in java mvn; do
  command -v "$tool" >/dev/null || { echo "get.sh: $tool is missing (Java 11 or 17 and Maven are needed)" >&2; exit 69; }
done
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
maven=(mvn --quiet --batch-mode "-Dmaven.repo.local=${MAVEN_REPO:-$folder/repository}")
work=$(mktemp -d "$folder/build-XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ ! -e "$folder/job-server.jar" ]; then
  mkdir "$work/server"
  cp "$here/job-server-pom.xml" "$work/server/pom.xml"
  "${maven[@]}" -f "$work/server/pom.xml" package
  mv "$work/server/target/beam-flink-job-server.jar" "$folder/job-server.jar"
fi
if [ ! -d "$folder/lib" ]; then
  cp "$here/cluster-pom.xml" "$work/pom.xml"
  "${maven[@]}" -f "$work/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies \
    -DincludeScope=runtime "-DoutputDirectory=$work/lib"
  mv "$work/lib" "$folder/lib"
fi
echo "$folder"
