# shellcheck shell=bash
# Runs groups of tests and counts what they did.

# run_tests [GROUP...] [--preset PRESET] [--all] [--seeds N] [--from SEED] [--minutes M] [--seconds S] [--seed SEED] [-- PYTEST ARGUMENTS]
run_tests() {
    local groups=() preset=release peer_costs=(quick) simulation_options=() crash_options=()
    while (($#)); do
        case $1 in
            --preset)
                preset=${2:-}
                is_preset "$preset" || fail "there is no preset '$preset'"
                shift
                ;;
            --)
                shift
                break
                ;;
            --all) peer_costs=(quick slow) ;;
            --seeds | --from | --minutes)
                (($# > 1)) || fail "$1 takes a number"
                simulation_options+=("$1" "$2")
                shift
                ;;
            --seconds | --seed)
                (($# > 1)) || fail "$1 takes a number"
                crash_options+=("$1" "$2")
                shift
                ;;
            all) groups=() ;;
            unit | codegen | lint | install | simulation | e2e | crash | peers | deploy | console | pages) groups+=("$1") ;;
            *) fail "there is no group of tests '$1'" 'the groups are unit, codegen, lint, install, simulation, e2e, crash, peers, deploy, console and pages' ;;
        esac
        shift
    done
    if ((${#groups[@]} == 0)); then
        groups=(unit codegen lint install simulation e2e crash peers deploy console)
        say 'not among the default groups: pages, which needs root and up to an hour (./dev test pages)'
    fi

    local group results=()
    ensure_packages build test
    build_for_tests "$preset" "${groups[@]}"
    for group in "${groups[@]}"; do
        results+=("build/results/$preset-$group")
        run_group "$preset" "$group" "$@"
    done
    /usr/bin/python3 tools/dev/tally.py "${results[@]}"
}

build_for_tests() {
    local preset=$1 group targets=()
    shift
    for group in "$@"; do
        case $group in
            unit) targets+=(unit_tests) ;;
            codegen) targets+=(codegen_tests) ;;
            simulation) targets+=(simulate) ;;
            install)
                targets+=(installed_parts)
                ensure_python
                ;;
            e2e | crash)
                targets+=(tradewind tw-trace-context stepped_clock)
                ensure_python
                ;;
            peers)
                ensure_packages peers
                targets+=(peer_programs)
                ensure_python
                ;;
            console) targets+=(tradewind) ;;
            pages)
                ensure_packages deploy
                ensure_python
                ;;
            deploy)
                ensure_packages deploy
                targets+=(tradewind)
                ensure_python
                ensure_python_of deploy
                ;;
            lint)
                ensure_packages lint
                ensure_python_of_lint
                ;;
        esac
    done
    if ((${#targets[@]})); then build "$preset" "${targets[@]}"; else configure "$preset"; fi
}

# run_group PRESET GROUP [PYTEST ARGUMENTS]: leaves reports and the exit code in build/results/PRESET-GROUP; tally.py reads them.
run_group() {
    local preset=$1 group=$2 reports=$PWD/build/results/$1-$2 code=0
    shift 2
    say "── $group tests ($preset)"
    rm -rf "$reports"
    mkdir -p "$reports"
    if [[ $group == e2e ]]; then
        run_pytest "$preset" "$group" "$reports" "$@" || code=$?
    elif [[ $group == crash ]]; then
        run_pytest "$preset" "$group" "$reports" "${crash_options[@]}" "$@" || code=$?
    elif [[ $group == peers || $group == deploy ]]; then
        # In a shell of its own: where a peer cannot be built, what does not need it is still run, and the rest is named as not run.
        # Only who asks for all of them is told that this is a failure.
        if ! (prepare_peers "$group" "${peer_costs[@]}") && [[ " ${peer_costs[*]} " == *' slow '* ]]; then code=1; fi
        peers_missing "$group" quick slow >"$reports/not_run"
        run_pytest "$preset" "$group" "$reports" "$@" || code=$?
    elif [[ $group == console ]]; then
        run_console "$preset" "$reports" "$@" </dev/null || code=$?
    elif [[ $group == pages ]]; then
        tests/pages/follow --reports "$reports" "$@" </dev/null || code=$?
    elif [[ $group == simulation ]]; then
        "build/$preset/bin/simulate" seeds --list tests/simulation/regressions.txt --junit "$reports/pytest.xml" \
            "${simulation_options[@]}" </dev/null || code=$?
    else
        run_ctest "$preset" "$group" "$reports" </dev/null || code=$?
    fi
    echo "$code" >"$reports/exit_code"
}

run_pytest() {
    local preset=$1 group=$2 reports=$3
    shift 3
    TRADEWIND_BIN=$PWD/build/$preset/bin/tradewind build/venv/bin/python -m pytest "tests/$group" \
        --junitxml="$reports/pytest.xml" "$@" </dev/null
}

# run_console PRESET REPORTS [TEST FILE...]: the browser tests of the page. Without Node 20 and Chromium they are named as not run.
run_console() {
    local preset=$1 reports=$2
    shift 2
    if command -v node >/dev/null; then
        TRADEWIND_BIN=$PWD/build/$preset/bin/tradewind node tests/console/run.mjs --reports "$reports" "$@"
    else
        printf '<testsuites><testcase name="console"><skipped message="%s"/></testcase></testsuites>\n' \
            "the page's tests need Node 20 or later and Chromium" >"$reports/pytest.xml"
    fi
}

run_ctest() {
    local tree=build/$1 reports=$3 selection=(--label-regex "^$2\$") without_aslr=()
    # Simulations run in one thread, so ThreadSanitizer sees little in them, and makes them 30 times as slow. Other builds run all seeds.
    if [[ $1 == tsan && ! ${TW_SIMULATION_SEEDS:-} ]]; then local -x TW_SIMULATION_SEEDS=30; fi
    ctest --test-dir "$tree" "${selection[@]}" --show-only=json-v1 >"$reports/tests.json"
    # ThreadSanitizer of GCC 12 cannot lay its shadow memory out when addresses are too random.
    if [[ $1 == tsan ]] && setarch -R true 2>/dev/null; then without_aslr=(setarch -R); fi
    GTEST_OUTPUT=xml:$reports/googletest/ GTEST_BRIEF=1 \
        ASAN_OPTIONS=detect_stack_use_after_return=0:strict_string_checks=1:check_initialization_order=1 \
        UBSAN_OPTIONS=print_stacktrace=1 \
        TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:die_after_fork=0 \
        "${without_aslr[@]}" ctest --test-dir "$tree" "${selection[@]}" --parallel "$(nproc)" --no-tests=error \
        --output-on-failure --output-junit "$reports/ctest.xml"
}
