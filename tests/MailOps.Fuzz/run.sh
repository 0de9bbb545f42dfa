#!/usr/bin/env bash
# Fuzzes one target with afl-fuzz (Debian package afl++) for some seconds, beginning with its corpus, and says what it found.
# Usage: run.sh TARGET SECONDS FOLDER
#   FOLDER gets the instrumented program and afl's findings; FOLDER/corpus/TARGET has what reached something new, to be kept.
set -euo pipefail
target=$1 seconds=$2 folder=$3
here=$(cd "$(dirname "$0")" && pwd)

mkdir -p "$folder"
if [ ! -e "$folder/program/.instrumented" ]; then
  dotnet publish "$here" -c Release -o "$folder/program" -v quiet -nologo
  [ -x "$folder/tool/sharpfuzz" ] || dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path "$folder/tool" > /dev/null
  for assembly in MailOps.Core MailOps.Server; do "$folder/tool/sharpfuzz" "$folder/program/$assembly.dll"; done
  touch "$folder/program/.instrumented"
fi

export AFL_SKIP_BIN_CHECK=1 AFL_NO_AFFINITY=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 DOTNET_TieredPGO=0
afl-fuzz -i "$here/Corpus/$target" -o "$folder/$target" -t 5000 -m none -V "$seconds" -- dotnet "$folder/program/MailOps.Fuzz.dll" afl "$target" > "$folder/$target.log" 2>&1 || { tail -20 "$folder/$target.log"; exit 1; }
grep -E '^(execs_done|execs_per_sec|corpus_count|saved_crashes|saved_hangs|run_time)' "$folder/$target/default/fuzzer_stats" | sed "s/^/$target: /"

mkdir -p "$folder/corpus/$target"
find "$folder/$target/default/queue" -name '*+cov' -size -2k | while read -r file; do
  cp "$file" "$folder/corpus/$target/$(sha1sum "$file" | cut -c1-12)"
done
