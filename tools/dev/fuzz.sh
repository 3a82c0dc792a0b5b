# shellcheck shell=bash
# Runs the fuzz targets: libFuzzer, under AddressSanitizer and UndefinedBehaviorSanitizer.

# run_fuzz [TARGET...] [--seconds N] [--keep]
run_fuzz() {
    local seconds=60 keep='' targets=()
    while (($#)); do
        case $1 in
            --seconds)
                seconds=${2:-}
                [[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "--seconds takes a number, not '$seconds'"
                shift
                ;;
            --keep) keep=yes ;;
            *)
                [[ -d tests/fuzz/$1 ]] || fail "there is no fuzz target '$1'" "there are: $(cd tests/fuzz && echo *)"
                targets+=("$1")
                ;;
        esac
        shift
    done
    ((${#targets[@]})) || mapfile -t targets <<<"$(cd tests/fuzz && printf '%s\n' *)"

    ensure_packages build fuzz
    build fuzz fuzz_targets
    say "running ${#targets[@]} targets for $seconds s each, $(nproc) at a time; logs and findings in build/fuzz/runs"
    export -f fuzz_one
    local failed=0
    printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I '{}' bash -c 'fuzz_one "$@"' - '{}' "$seconds" || failed=1
    if [[ $keep ]]; then keep_inputs "${targets[@]}"; fi
    return "$failed"
}

# fuzz_one TARGET SECONDS. New inputs are kept from run to run in build/, findings too.
fuzz_one() {
    local target=$1 folder=build/fuzz/runs/$1 code=0
    mkdir -p "$folder/inputs" "$folder/findings"
    UBSAN_OPTIONS=print_stacktrace=1 "build/fuzz/bin/$target" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
        -print_final_stats=1 -artifact_prefix="$folder/findings/" "$folder/inputs" "tests/fuzz/$target" >"$folder/log" 2>&1 || code=$?
    if ((code)); then
        tail -n 60 "$folder/log"
        echo "$target: FAILED; to see it again: build/fuzz/bin/$target $(find "$folder/findings" -type f -newer "$folder/inputs" | tail -1)"
        return 1
    fi
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log") inputs, none of them a finding"
}

# The fewest inputs that reach all the code that is reached now.
keep_inputs() {
    local target
    for target in "$@"; do
        "build/fuzz/bin/$target" -set_cover_merge=1 -max_len=1024 "tests/fuzz/$target" "build/fuzz/runs/$target/inputs" 2>&1 | tail -n 1
    done
}
