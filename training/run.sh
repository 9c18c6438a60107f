#!/usr/bin/env bash
# Makes the embedded model: tokenizer, training, export, goldens, evaluation.
#   bash training/run.sh [work folder]                  everything, or the rest of it
#   bash training/run.sh --continue [work folder]       3,000 more steps from the committed weights
#   bash training/run.sh --export-only CHECKPOINT       export, goldens, evaluation
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here"
python="${PYTHON:-python3}"
tokenizer="$here/../public/models/scope-2m-q0f16/tokenizer.json"

finish() {
  "$python" export.py "$1" "$2"
  "$python" goldens.py
  "$python" evaluate.py
}

if [ "${1:-}" = "--export-only" ]; then
  finish "$2" "$tokenizer"
  exit
fi

continue=""
if [ "${1:-}" = "--continue" ]; then
  continue=1
  shift
fi

work="${1:-$here/work${continue:+-continued}}"
mkdir -p "$work"
[ -z "$continue" ] || cp "$tokenizer" "$work/tokenizer.json"
[ -f "$work/tokenizer.json" ] || "$python" make_tokenizer.py "$work/tokenizer.json" 1280
export OMP_NUM_THREADS="${THREADS:-1}"
common=(--run "$work" --tokenizer "$work/tokenizer.json" --threads "$OMP_NUM_THREADS")
if [ -n "$continue" ]; then
  "$python" train.py "${common[@]}" --start-from "$here/../public/models/scope-2m-q0f16" \
    --decay-from 13000 --steps 16000 --peak 0.3 --quantize-from 13000
  finish "$work/last.pt" "$work/tokenizer.json"
  exit
fi
"$python" train.py "${common[@]}" --steps 7500 --decay-from 4500
"$python" train.py "${common[@]}" --steps 12000 --decay-from 7500 --peak 0.5 --quantize-from 11000
finish "$work/last.pt" "$work/tokenizer.json"
