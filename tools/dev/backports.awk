# Reads apt's sources, in the deb822 form (*.sources) and the one-line form, finds the first that serves the release
# `codename`, and prints the source of its backports suite: same mirror, same keyring.

function serves_release(suites) {
    return " " suites " " ~ " (" codename "|stable|oldstable) "
}

function usable(uri) { return uri != "" && uri !~ /^cdrom:/ }

function print_source(uris, options) {
    printf "Types: deb\nURIs: %s\nSuites: %s-backports\nComponents: main\n%s", uris, codename, options
    found = 1
    exit
}

function field(label,    key) {
    key = tolower(label)
    return key in value ? label ": " value[key] "\n" : ""
}

function end_stanza() {
    gsub(/[ \t\n]+/, " ", value["suites"])
    if (" " value["types"] " " ~ / deb / && tolower(value["enabled"]) != "no" && serves_release(value["suites"]) &&
        usable(value["uris"]))
        print_source(value["uris"], field("Signed-By") field("Trusted") field("Check-Valid-Until") field("Architectures"))
    split("", value)
    key = ""
}

# Options of the one-line form have the names of deb822's fields, but for arch.
function one_line(line,    options, words, count, i, word, fields) {
    if (match(line, /\[[^]]*\]/)) {
        options = substr(line, RSTART + 1, RLENGTH - 2)
        line = substr(line, 1, RSTART - 1) substr(line, RSTART + RLENGTH)
    }
    count = split(options, words, " ")
    for (i = 1; i <= count; i++) {
        split(words[i], word, "=")
        gsub(/,/, " ", word[2])
        if (word[1] == "signed-by") fields = fields "Signed-By: " word[2] "\n"
        if (word[1] == "trusted") fields = fields "Trusted: " word[2] "\n"
        if (word[1] == "check-valid-until") fields = fields "Check-Valid-Until: " word[2] "\n"
        if (word[1] == "arch") fields = fields "Architectures: " word[2] "\n"
    }
    split(line, words, " ")
    if (serves_release(words[3]) && usable(words[2])) print_source(words[2], fields)
}

FNR == 1 { end_stanza() }
/^[ \t]*#/ { next }
FILENAME ~ /\.list$/ {
    if ($1 == "deb") one_line($0)
    next
}
/^[ \t]*$/ { end_stanza(); next }
/^[ \t]/ { if (key != "") value[key] = value[key] "\n" $0; next }
{
    colon = index($0, ":")
    key = tolower(substr($0, 1, colon - 1))
    value[key] = substr($0, colon + 1)
    gsub(/^[ \t]+|[ \t\r]+$/, "", value[key])
}
END { if (!found) end_stanza() }
