#!/usr/bin/env bash
# make_peer.sh NAME VERSION SCRATCH PARTS: leaves the programs of a peer in SCRATCH/made. SCRATCH is an empty folder of its own.
set -euo pipefail

# Nobody measures the peers' speed, and without optimisation they are compiled in two thirds of the time.
go_build() { CGO_ENABLED=0 go build -p 2 -mod=mod -trimpath -gcflags='all=-N -l' -ldflags='-s -w' "$@"; }

# The builder's own `go mod tidy` asks for modules that only tests of dependencies need, and not every module proxy has all of
# them: the builder writes the source, and the build finds what it really needs.
make_otelcol() {
    GOBIN=$scratch/bin go install -p 2 "go.opentelemetry.io/collector/cmd/builder@v${version%+*}"
    ./bin/builder --config "$parts/otelcol.yaml" --skip-compilation || echo 'going on without go mod tidy'
    cd source
    go_build -o ../made/otelcol .
}

# replacing_module MODULE: a module that replaces others is refused by `go install`; one of our own requires it here, with its own
# lists of what goes in, so that every checksum stays checked.
replacing_module() {
    local origin
    origin=$(go mod download -json "$1@v$version" | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])')
    mkdir source
    cd source
    sed "s#^module .*#module peers/$name#" "$origin/go.mod" >go.mod
    cp "$origin/go.sum" .
    chmod u+w go.mod go.sum
    go mod edit -require="$1@v$version"
}

make_jaeger() {
    replacing_module github.com/jaegertracing/jaeger
    go_build -o ../made/jaeger github.com/jaegertracing/jaeger/cmd/jaeger
}

# One of its replacements is a folder of its own source tree; the published version that it requires will do.
make_loki() {
    replacing_module github.com/grafana/loki/v3
    go mod edit -dropreplace=github.com/grafana/loki/pkg/push
    go_build -o ../made/loki github.com/grafana/loki/v3/cmd/loki
}

# Prometheus 3, which Debian does not have: without service discovery, which takes modules that not every proxy has.
make_prometheus3() {
    CGO_ENABLED=0 GOBIN=$scratch/made go install -p 2 -trimpath -tags remove_all_sd -gcflags='all=-N -l' -ldflags='-s -w' \
        "github.com/prometheus/prometheus/cmd/prometheus@v$version" "github.com/prometheus/prometheus/cmd/promtool@v$version"
}

# Unpacked only: installing it would start a service.
make_prometheus() {
    apt-get download prometheus
    dpkg-deb --extract ./prometheus_*.deb unpacked
    cp unpacked/usr/bin/prometheus unpacked/usr/bin/promtool made/
}

# go_program PACKAGE [NAME]: a program that its module's own version list is enough for, as made/NAME.
go_program() {
    local path=${1%%@*}
    CGO_ENABLED=0 GOBIN=$scratch/bin go install -p 2 -trimpath -gcflags='all=-N -l' -ldflags='-s -w' "$1"
    mv "$scratch/bin/${path##*/}" "$scratch/made/${2:-${path##*/}}"
}

make_grpc-go-interop() {
    go_program "google.golang.org/grpc/interop/client@v$version" interop-client
    go_program "google.golang.org/grpc/interop/server@v$version" interop-server
}

make_grpcurl() { go_program "github.com/fullstorydev/grpcurl/cmd/grpcurl@v$version"; }

make_grpc-health-probe() { go_program "github.com/grpc-ecosystem/grpc-health-probe@v$version"; }

make_ghz() { go_program "github.com/bojand/ghz/cmd/ghz@v$version"; }

# The program that comes with this library does not look at the environment.
make_compose-go() {
    go mod init peers/compose-go
    go get "github.com/compose-spec/compose-go/v2@v${version%+*}"
    cp "$parts/compose_go.go" main.go
    go_build -o made/compose-go .
}

# The exporters of log records have versions of their own, and those of one release go together.
make_otel-go() {
    local sdk=go.opentelemetry.io/otel of_sdk=v${version%+*} of_log_exporters=v0.23.0
    go mod init peers/otel-go
    go get "$sdk@$of_sdk" "$sdk/sdk@$of_sdk" "$sdk/exporters/otlp/otlptrace/otlptracegrpc@$of_sdk" \
        "$sdk/exporters/otlp/otlptrace/otlptracehttp@$of_sdk" "$sdk/log@$of_sdk" "$sdk/sdk/log@$of_sdk" \
        "$sdk/exporters/otlp/otlplog/otlploggrpc@$of_log_exporters" "$sdk/exporters/otlp/otlplog/otlploghttp@$of_log_exporters"
    cp "$parts/otel_go.go" main.go
    go_build -o made/otel-go .
}

# The packages, for PYTHONPATH. Those of the tests' own environment stay apart from them.
make_otel-python() {
    /usr/bin/python3 -m venv installer
    installer/bin/python -m pip install --quiet --disable-pip-version-check --target made "opentelemetry-sdk==$version" \
        "opentelemetry-exporter-otlp-proto-grpc==$version" "opentelemetry-exporter-otlp-proto-http==$version" \
        opentelemetry-exporter-otlp-json-http==0.66b1
}

make_grafana-schema() {
    go mod init peers/grafana-schema
    go get "github.com/grafana/grafana-foundation-sdk/go@v$version"
    cp "$parts/grafana_schema.go" main.go
    go_build -o made/grafana-schema .
}

# Older than Go's modules: what it stands on is pinned here.
make_h2spec() {
    go mod init peers/h2spec
    go get "github.com/summerwind/h2spec/cmd/h2spec@v$version+incompatible" golang.org/x/net@v0.62.0 github.com/spf13/cobra@v1.10.2 \
        github.com/fatih/color@v1.19.0
    go_build -o made/h2spec github.com/summerwind/h2spec/cmd/h2spec
}

# The jars, for `java -cp 'made/*'`. Java's client has the cases with compression, which Go's has not.
make_grpc-java-interop() {
    cat >pom.xml <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>peers</groupId>
  <artifactId>grpc-java-interop</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.grpc</groupId>
      <artifactId>grpc-interop-testing</artifactId>
      <version>$version</version>
    </dependency>
  </dependencies>
</project>
POM
    mvn --batch-mode --quiet dependency:copy-dependencies -DoutputDirectory="$scratch/made"
}

# The program that starts it lies beside the modules, where Node.js looks for them.
make_oidc-provider() {
    npm install --prefix made --no-audit --no-fund --ignore-scripts "oidc-provider@$version"
    cp "$parts/oidc_provider.mjs" made/
}

name=$1 version=$2 scratch=$3 parts=$4
mkdir "$scratch/made"
cd "$scratch"
"make_$name"
