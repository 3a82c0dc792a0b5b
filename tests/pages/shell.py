"""Makes one script for bash of the steps of a page. It stops at the first step that fails.

The output of step N goes to FOLDER/N.out. FOLDER/N.code appears when the step has ended, with its exit code. A program that stays
has a process group of its own, as on a terminal of its own, and is ended by Ctrl-C.
"""

import shlex

READY_SECONDS_MAX = 3600

HEAD = """
set -euo pipefail
exec </dev/null
mkdir -p {folder}
staying=()

# Waits until a program that stays has printed a text; fails where the program ends before.
await() {{
    local number=$1 text=$2 seconds=0
    until grep --no-messages --quiet --fixed-strings -- "$text" {folder}/$number.out; do
        if ! kill -0 "$!" 2>/dev/null; then echo "it ended before it printed: $text" >>{folder}/$number.out; return 1; fi
        if ((++seconds > {seconds})); then echo "it did not print in time: $text" >>{folder}/$number.out; return 1; fi
        sleep 1
    done
}}

# Ctrl-C on the terminal of each program that stays; each must end with 0, or as a program that the signal ended.
interrupt() {{
    local program code
    for program in "${{staying[@]}}"; do
        kill -INT -- "-$program" 2>/dev/null || true
        code=0
        wait "$program" || code=$?
        if ((code != 0 && code != 130)); then echo "a program that stays ended with $code"; return 1; fi
    done
    staying=()
}}
"""


def quoted(text):
    return shlex.quote(text)


def part_of(step, number, folder):
    out, code = f"{folder}/{number}.out", f"{folder}/{number}.code"
    lines = [f"# {step.name}", f"echo {quoted(step.name)} >{folder}/current"]
    if step.kind == "not run":
        return []
    if step.kind == "Ctrl-C":
        lines += [f"interrupt >{out} 2>&1"]
    elif step.kind == "stays":
        lines += ["set -m", "(", step.commands.rstrip(), f") >{out} 2>&1 &", "set +m", "staying+=($!)", f"await {number} {quoted(step.detail)}"]
    elif step.kind == "fails":
        lines += ["if (", "set -e", step.commands.rstrip(), f") >{out} 2>&1; then", f"echo 'it was to fail' >>{out}", "exit 1", "fi"]
    else:
        lines += ["{", step.commands.rstrip(), f"}} >{out} 2>&1"]
    return [*lines, f"echo 0 >{code}"]


def script_of(steps, folder):
    parts = [line for number, step in enumerate(steps) for line in part_of(step, number, folder)]
    # A reader closes the terminals at the end of the page.
    return "\n".join([HEAD.format(folder=folder, seconds=READY_SECONDS_MAX), *parts, f"interrupt >{folder}/end.out 2>&1", ""])
