# shellcheck shell=bash
# What the script says while it works. Progress goes to standard error; standard output is for results.

# asked_for: what the user has typed, for remedies that end in repeating it.
command_line="./dev${*:+ $*}"
asked_for() { printf '%s' "$command_line"; }

say() { printf '%s\n' "$*" >&2; }

# fail WHAT [REMEDY]
fail() {
    say "dev: $1"
    if (($# > 1)); then say "     $2"; fi
    exit 1
}

# logged NAME COMMAND...: runs COMMAND with its output in build/log/NAME.log; where it fails, shows the log's end.
logged() {
    local log=build/log/$1.log
    shift
    mkdir -p build/log
    "$@" >"$log" 2>&1 </dev/null && return
    tail -n 30 "$log" >&2
    say "dev: failed: $*"
    say "     the whole log is $log"
    return 1
}

# Reads ninja's output. On a terminal the status is one line that is written over; elsewhere it appears every 15 seconds,
# and not at all where the build is over before, so that a log stays short. What CMake says when ninja runs it again is
# hidden; all else (warnings, errors) passes.
show_progress() {
    local line next=$((SECONDS + 5)) open=''
    while IFS= read -r line; do
        if [[ $line == 'ninja: no work to do.' || $line == 'ninja: Entering directory'* || $line == '-- '* ]]; then
            continue
        elif [[ ! $line =~ ^\[[0-9]+/[0-9]+\] ]]; then
            printf '%s%s\n' "$open" "$line"
            open=''
        elif [[ -t 2 ]]; then
            printf '\r\033[K%.*s' "$((${COLUMNS:-100} - 1))" "$line" >&2
            open=$'\n'
        elif ((SECONDS >= next)); then
            printf '%s\n' "$line" >&2
            next=$((SECONDS + 15))
        fi
    done
    if [[ $open ]]; then printf '\r\033[K' >&2; fi
}
