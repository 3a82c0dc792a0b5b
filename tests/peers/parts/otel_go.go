// Sends a trace and a log record with OpenTelemetry's SDK for Go, to each of several receivers.
//
// usage: otel-go grpc|http/protobuf none|gzip HOST:PORT...
//
// Every receiver gets the same records. Prints the trace's id when all of them have accepted everything.
package main

import (
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// An exporter whose failures end the program, since the SDK only reports them.
type checkedSpans struct{ sdktrace.SpanExporter }

func (checked checkedSpans) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	check(checked.SpanExporter.ExportSpans(ctx, spans))
	return nil
}

type checkedLogs struct{ sdklog.Exporter }

func (checked checkedLogs) Export(ctx context.Context, records []sdklog.Record) error {
	check(checked.Exporter.Export(ctx, records))
	return nil
}

func check(failure error) {
	if failure != nil {
		fmt.Fprintln(os.Stderr, failure)
		os.Exit(1)
	}
}

func exporters(ctx context.Context, protocol, compression, endpoint string) (sdktrace.SpanExporter, sdklog.Exporter) {
	if protocol == "grpc" {
		ofSpans := []otlptracegrpc.Option{otlptracegrpc.WithEndpoint(endpoint), otlptracegrpc.WithInsecure()}
		ofLogs := []otlploggrpc.Option{otlploggrpc.WithEndpoint(endpoint), otlploggrpc.WithInsecure()}
		if compression == "gzip" {
			ofSpans = append(ofSpans, otlptracegrpc.WithCompressor("gzip"))
			ofLogs = append(ofLogs, otlploggrpc.WithCompressor("gzip"))
		}
		spans, failure := otlptracegrpc.New(ctx, ofSpans...)
		check(failure)
		logs, failure := otlploggrpc.New(ctx, ofLogs...)
		check(failure)
		return spans, logs
	}
	ofSpans := []otlptracehttp.Option{otlptracehttp.WithEndpoint(endpoint), otlptracehttp.WithInsecure()}
	ofLogs := []otlploghttp.Option{otlploghttp.WithEndpoint(endpoint), otlploghttp.WithInsecure()}
	if compression == "gzip" {
		ofSpans = append(ofSpans, otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
		ofLogs = append(ofLogs, otlploghttp.WithCompression(otlploghttp.GzipCompression))
	}
	spans, failure := otlptracehttp.New(ctx, ofSpans...)
	check(failure)
	logs, failure := otlploghttp.New(ctx, ofLogs...)
	check(failure)
	return spans, logs
}

func nested() attribute.KeyValue {
	return attribute.Map("nested", attribute.Bool("deep", true), attribute.Float64("half", 0.5))
}

func values() []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("text", "Grüße, \"quoted\" \\ and 🙂"),
		attribute.String("empty", ""),
		attribute.Int64("integer", -(1<<62)-1),
		attribute.Float64("number", 0.1),
		attribute.Bool("yes", true),
		attribute.Bool("no", false),
		attribute.StringSlice("texts", []string{"a", "", "ü"}),
		attribute.Int64Slice("integers", []int64{1, -1, 1<<53 + 1}),
		attribute.Float64Slice("numbers", []float64{1.5, -0.25}),
		attribute.BoolSlice("flags", []bool{true, false}),
		attribute.ByteSlice("bytes", []byte{0, 255, 10}),
		nested(),
		attribute.String("shop.order.id", "order-go"),
	}
}

func emit(ctx context.Context, logger log.Logger) {
	var record log.Record
	record.SetEventName("order.locked")
	record.SetSeverity(log.SeverityWarn)
	record.SetSeverityText("WARN")
	record.SetBody(attribute.MapValue(attribute.String("order", "order-go"), attribute.IntSlice("attempts", []int{1, 2})))
	record.AddAttributes(nested())
	logger.Emit(ctx, record)
}

func record(tracer trace.Tracer, logger log.Logger) trace.TraceID {
	ctx := context.Background()
	_, earlier := tracer.Start(ctx, "earlier")
	earlier.End()
	ctx, root := tracer.Start(ctx, "root", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(values()...))
	link := trace.Link{SpanContext: earlier.SpanContext(), Attributes: []attribute.KeyValue{attribute.Int("attempt", 2)}}
	below, child := tracer.Start(ctx, "child", trace.WithSpanKind(trace.SpanKindClient), trace.WithLinks(link))
	child.AddEvent("retry", trace.WithAttributes(attribute.Int("attempt", 1), attribute.Float64Slice("delays", []float64{0.5, 1})))
	child.AddEvent("gave up")
	child.SetStatus(codes.Error, "locked")
	emit(below, logger)
	child.End()
	_, publish := tracer.Start(ctx, "publish", trace.WithSpanKind(trace.SpanKindProducer))
	publish.SetStatus(codes.Ok, "")
	publish.End()
	root.End()
	return root.SpanContext().TraceID()
}

func main() {
	ctx := context.Background()
	protocol, compression, endpoints := os.Args[1], os.Args[2], os.Args[3:]
	sender := resource.NewSchemaless(attribute.String("service.name", "go-sender"), attribute.String("service.version", "1.2.3"),
		attribute.IntSlice("replicas", []int{1, 2}))
	ofTracing := []sdktrace.TracerProviderOption{sdktrace.WithResource(sender)}
	ofLogging := []sdklog.LoggerProviderOption{sdklog.WithResource(sender)}
	for _, endpoint := range endpoints {
		spans, logs := exporters(ctx, protocol, compression, endpoint)
		ofTracing = append(ofTracing, sdktrace.WithSyncer(checkedSpans{spans}))
		ofLogging = append(ofLogging, sdklog.WithProcessor(sdklog.NewSimpleProcessor(checkedLogs{logs})))
	}
	tracing := sdktrace.NewTracerProvider(ofTracing...)
	logging := sdklog.NewLoggerProvider(ofLogging...)
	tracer := tracing.Tracer("shop.tracer", trace.WithInstrumentationVersion("0.9"),
		trace.WithInstrumentationAttributes(attribute.Bool("scope.attribute", true)))
	id := record(tracer, logging.Logger("shop"))
	check(tracing.Shutdown(ctx))
	check(logging.Shutdown(ctx))
	fmt.Println(id)
}
