#!/usr/bin/env bash
# /autograder/run_autograder: Gradescope runs it for each submission. It writes results/results.json, whatever happens.
set -euo pipefail
autograder=$(cd "$(dirname "$0")" && pwd)
source=$autograder/source
results=$autograder/results
work=$(mktemp -d)

grade() {
    # shellcheck source=/dev/null
    . "$source/settings"
    if ! command -v cargo >/dev/null; then
        export RUSTUP_HOME=$source/rust/rustup CARGO_HOME=$source/rust/cargo PATH=$source/rust/cargo/bin:$PATH
    fi
    # Such machines are slow now and then, and all that is needed is there.
    export GRADER_PATIENCE=${GRADER_PATIENCE:-3} CARGO_NET_OFFLINE=true
    mkdir "$work/class"
    cp -R "$autograder/submission/." "$work/class/submission"
    cd "$source/course"
    cargo class "$work/class" --steps "${STEPS[@]}" --output "$work/report"
    cp "$work/report/students/submission/gradescope.json" "$results/results.json"
}

# The student learns that it is not their fault, and the instructor why: nobody else sees a hidden test.
failed() {
    cat >"$results/results.json" <<END
{
  "score": 0,
  "output": "This could not be graded, which says nothing about your program. Please tell your instructor.",
  "tests": [{ "name": "Why it could not be graded", "visibility": "hidden", "output": "$(reason)" }]
}
END
}

# The end of the log, as the inside of a JSON string.
reason() {
    tail -n 40 "$work/log" | LC_ALL=C tr -cd '\n\040-\176' | sed 's/[\\"]/\\&/g' | awk '{ printf "%s\\n", $0 }'
}

finish() {
    [ $? -eq 0 ] || failed
    rm -rf "$work"
    exit 0
}

mkdir -p "$results"
echo "Grading was not done when its time was over." >"$work/log"
failed # until there is something better
trap finish EXIT
grade 2>&1 | tee "$work/log"
