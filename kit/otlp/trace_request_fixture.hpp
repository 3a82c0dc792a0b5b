#pragma once

#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>
#include <string>
#include <string_view>
#include <zlib.h>

#include <gtest/gtest.h>

namespace tw::otlp::test {

/// Decompresses gzip by zlib's own reader.
inline std::string gunzip(std::string_view bytes) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string out(1 << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

/// Returns a request with one span.
inline std::string trace_request() {
    opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest request;
    auto& span = *request.add_resource_spans()->add_scope_spans()->add_spans();
    span.set_trace_id(std::string("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\xff", 16));
    span.set_span_id(std::string("\xab\xcd\xef\x01\x02\x03\x04\x05", 8));
    span.set_name("work");
    span.set_kind(opentelemetry::proto::trace::v1::Span::SPAN_KIND_SERVER);
    span.set_start_time_unix_nano(1'767'225'600'000'000'000);
    auto& attribute = *span.add_attributes();
    attribute.set_key("count");
    attribute.mutable_value()->set_int_value(7);
    return request.SerializeAsString();
}

}  // namespace tw::otlp::test
