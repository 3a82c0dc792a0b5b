# shellcheck shell=bash
# Format and the rules of tests/lint.

# Files of the checkout that match the patterns, committed or not, one a line; what .gitignore names is left out.
sources() {
    local file
    git -c safe.directory="$PWD" ls-files --cached --others --exclude-standard -- "$@" | sort -u |
        while IFS= read -r file; do
            if [[ -f $file ]]; then printf '%s\n' "$file"; fi
        done
}

format_sources() {
    ensure_packages lint
    sources '*.cpp' '*.hpp' | xargs --delimiter='\n' --max-procs="$(nproc)" --max-args=20 clang-format-19 -i
}

run_lint() {
    local rule failed=()
    ensure_packages build lint
    build release generated_sources
    for rule in format arrows functions headers shell; do
        say "── lint: $rule"
        "lint_$rule" || failed+=("$rule")
    done
    ((${#failed[@]} == 0)) || fail "lint objects: ${failed[*]}" 'each place stands above; ./dev fmt repairs the format'
}

lint_format() {
    sources '*.cpp' '*.hpp' |
        xargs --delimiter='\n' --max-procs="$(nproc)" --max-args=20 clang-format-19 --dry-run --Werror
}

lint_arrows() { sources '*.cpp' '*.hpp' | /usr/bin/python3 tests/lint/arrows.py; }

lint_functions() { sources '*.cpp' '*.hpp' | /usr/bin/python3 tests/lint/functions.py; }

lint_headers() {
    sources 'kit/*.hpp' 'services/*.hpp' |
        /usr/bin/python3 tests/lint/headers.py build/release/compile_commands.json build/lint/headers
}

lint_shell() {
    local file scripts=()
    while IFS= read -r file; do
        if [[ $file == *.sh || $(head -c 100 "$file" | head -n 1 | tr -d '\0') =~ ^'#!'.*[/\ ](ba)?sh$ ]]; then scripts+=("$file"); fi
    done < <(sources '*.sh' dev .ci/run benchmarks tests)
    shellcheck --external-sources "${scripts[@]}"
}
