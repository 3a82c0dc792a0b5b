# shellcheck shell=bash
# Configures and builds, in build/PRESET.

is_preset() { [[ $1 =~ ^(release|dev|asan|tsan|fuzz|coverage)$ ]]; }

# Ninja runs CMake again by itself when a CMake file changes; here are the other reasons to run it. The variable TW_UNITY, ON or OFF, has
# its way over the preset (docs/decisions/0049-unity-builds.md).
configure() {
    local tree=build/$1 stamp=build/$1/.configured
    [[ ! ${TW_UNITY:-} && -f $stamp && -f $tree/build.ninja && ! CMakePresets.json -nt $stamp && ! build/.packages-installed -nt $stamp ]] &&
        return
    say "configuring $tree"
    logged "configure-$1" cmake --preset "$1" ${TW_UNITY:+"-DTW_UNITY=$TW_UNITY"} ||
        fail "$tree could not be configured" "if a package is missing: ./dev setup; if the folder is damaged: ./dev clean $1"
    touch "$stamp"
}

# ccache finds what another clone of this repository compiled: paths below it count from its root.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

# build PRESET [TARGET...]
build() {
    local preset=$1
    shift
    configure "$preset"
    ninja -C "build/$preset" "$@" 2>&1 | show_progress || fail "the build of $preset failed" 'the errors stand above'
}
