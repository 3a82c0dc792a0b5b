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

LINT_RULES=(format arrows functions statements headers quotations pages prose translation services contract words reasons errors brand web merges shell)

# run_lint [RULE...]: those rules, or all.
run_lint() {
    local rule failed=()
    for rule in "$@"; do
        [[ " ${LINT_RULES[*]} " == *" $rule "* ]] || fail "lint has no rule '$rule'" "the rules are ${LINT_RULES[*]}"
    done
    (($# > 0)) || set -- "${LINT_RULES[@]}"
    ensure_packages build lint
    build release generated_sources
    ensure_python_of_lint
    for rule in "$@"; do
        say "── lint: $rule"
        "lint_$rule" || failed+=("$rule")
    done
    ((${#failed[@]} == 0)) || fail "lint objects: ${failed[*]}" 'each place is listed above; ./dev fmt fixes the format'
}

lint_format() {
    sources '*.cpp' '*.hpp' |
        xargs --delimiter='\n' --max-procs="$(nproc)" --max-args=20 clang-format-19 --dry-run --Werror
}

lint_arrows() { sources '*.cpp' '*.hpp' | /usr/bin/python3 tests/lint/arrows.py; }

lint_functions() { sources '*.cpp' '*.hpp' | /usr/bin/python3 tests/lint/functions.py; }

lint_statements() {
    sources 'kit/*.cpp' 'kit/*.hpp' 'services/*.cpp' 'services/*.hpp' 'kit/*/migrations/*.sql' 'services/*/migrations/*.sql' |
        /usr/bin/python3 tests/lint/statements.py
}

# PostgreSQL's parser, which statements are read with, and protobuf's descriptors, in an environment of their own.
ensure_python_of_lint() {
    local pinned=tests/lint/requirements.txt stamp=build/lint/venv/requirements.txt
    cmp --quiet "$pinned" "$stamp" && return
    say 'making the Python environment of lint: build/lint/venv'
    rm -rf build/lint/venv
    logged venv-lint /usr/bin/python3 -m venv build/lint/venv ||
        fail 'the Python environment could not be made' "check that the package python3-venv is whole, and repeat $(asked_for)"
    logged pip-lint build/lint/venv/bin/python -m pip install --disable-pip-version-check --requirement "$pinned" ||
        fail 'the Python packages could not be installed' "check that the package index can be reached, and repeat $(asked_for)"
    cp "$pinned" "$stamp"
}

lint_headers() {
    sources 'kit/*.hpp' 'services/*.hpp' |
        /usr/bin/python3 tests/lint/headers.py build/release/compile_commands.json build/lint/headers
}

lint_quotations() { sources '*.md' | /usr/bin/python3 tests/lint/quotations.py; }

lint_pages() { sources '*.md' | /usr/bin/python3 tests/lint/pages.py; }

lint_prose() { sources '*.md' | /usr/bin/python3 tests/lint/prose.py; }

lint_translation() { /usr/bin/python3 tests/lint/translation.py; }

lint_services() { /usr/bin/python3 tests/lint/services.py; }

lint_contract() { build/lint/venv/bin/python tests/lint/contract.py; }
lint_words() { sources '*.cpp' '*.hpp' | /usr/bin/python3 tests/lint/words.py; }

lint_reasons() { sources '*.cpp' '*.hpp' | /usr/bin/python3 tests/lint/reasons.py; }
lint_errors() { sources '*.cpp' '*.hpp' | /usr/bin/python3 tests/lint/errors.py; }
lint_brand() { sources 'kit/*.cpp' 'kit/*.hpp' | /usr/bin/python3 tests/lint/brand.py; }

lint_web() { /usr/bin/python3 tests/lint/web_dist.py; }

# Marks that git leaves where two changes of one place are not merged yet.
lint_merges() {
    local found
    found=$(sources '*' | xargs --delimiter='\n' grep --with-filename --line-number --binary-files=without-match -E '^(<{7}|>{7}) ')
    if [[ -n $found ]]; then
        printf '%s\n' "$found"
        return 1
    fi
}

lint_shell() {
    local file scripts=()
    while IFS= read -r file; do
        if [[ $file == *.sh || $(head -c 100 "$file" | head -n 1 | tr -d '\0') =~ ^'#!'.*[/\ ](ba)?sh$ ]]; then scripts+=("$file"); fi
    done <<<"$(sources '*.sh' dev .ci benchmarks tests)"
    shellcheck --external-sources "${scripts[@]}"
}
