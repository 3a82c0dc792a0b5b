#include "apps/interop/test_service.hpp"

#include "apps/interop/test_methods.hpp"
#include "kit/async/sleep.hpp"
#include "kit/rpc/adapter.hpp"

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace tw::interop {
namespace {

constexpr int kSizeMost = 64 * 1024 * 1024;

Error refused(std::string why) { return Error{Code::invalid_argument, "INTEROP", std::move(why)}; }

/// Returns the metadata that the caller sent to have it echoed.
void echo_metadata(const CallContext& ctx) {
    auto& call = *rpc::served(ctx);
    for (const auto& [name, value] : call.request_metadata) {
        if (name == kEchoInitial) call.initial_metadata.emplace_back(name, value);
        if (name == kEchoTrailing) call.trailing_metadata.emplace_back(name, value);
    }
}

template <class Request>
Result<void> wanted_status(const Request& request) {
    if (!request.has_response_status() || request.response_status().code() == 0) return {};
    return Error{static_cast<Code>(request.response_status().code()), "", request.response_status().message()};
}

template <class Request>
Result<void> check_packing(const CallContext& ctx, const Request& request) {
    if (!request.has_expect_compressed() || request.expect_compressed().value() == rpc::served(ctx)->read_compressed) return {};
    return refused("the message was packed, or not packed, against what it says of itself");
}

Result<void> fill(Payload& payload, int size) {
    if (size < 0 || size > kSizeMost) return refused("the size asked for is none");
    payload.mutable_body()->assign(static_cast<std::size_t>(size), '\0');
    return {};
}

OrcaLoadReport to_report(const TestOrcaReport& wanted) {
    OrcaLoadReport report;
    report.set_cpu_utilization(wanted.cpu_utilization());
    report.set_mem_utilization(wanted.memory_utilization());
    *report.mutable_request_cost() = wanted.request_cost();
    *report.mutable_utilization() = wanted.utilization();
    return report;
}

class TestService final : public rpc::Service {
 public:
    TestService(ServerLoad& load, std::string server_id) : load_{load}, server_id_{std::move(server_id)} {}

    std::string_view service_name() const override { return kTestService; }
    std::span<const rpc::Handler> handlers() const override {
        static constexpr std::array kHandlers{rpc::make_handler<&TestService::empty, kEmptyCall>(),
                                              rpc::make_handler<&TestService::unary, kUnaryCall>(),
                                              rpc::make_handler<&TestService::unary, kCacheableUnaryCall>(),
                                              rpc::make_handler<&TestService::stream_out, kStreamingOutputCall>(),
                                              rpc::make_handler<&TestService::stream_in, kStreamingInputCall>(),
                                              rpc::make_handler<&TestService::full_duplex, kFullDuplexCall>(),
                                              rpc::make_handler<&TestService::half_duplex, kHalfDuplexCall>()};
        return kHandlers;
    }

    Task<Result<Empty>> empty(const CallContext& ctx, const Empty&) {
        echo_metadata(ctx);
        co_return Empty{};
    }

    Task<Result<SimpleResponse>> unary(const CallContext& ctx, const SimpleRequest& request) {
        echo_metadata(ctx);
        if (auto fine = check_packing(ctx, request); !fine) co_return fine.error();
        if (auto status = wanted_status(request); !status) co_return status.error();
        if (request.response_compressed().value()) rpc::served(ctx)->response_compression = rpc::Compression::gzip;
        SimpleResponse response;
        if (auto filled = fill(*response.mutable_payload(), request.response_size()); !filled) co_return filled.error();
        if (request.fill_server_id()) response.set_server_id(server_id_);
        if (request.has_orca_per_query_report()) {
            const auto report = to_report(request.orca_per_query_report()).SerializeAsString();
            rpc::served(ctx)->trailing_metadata.emplace_back(kLoadTrailer, report);
        }
        co_return response;
    }

    Task<Result<void>> stream_out(const CallContext& ctx, const StreamingOutputCallRequest& request,
                                  rpc::Writer<StreamingOutputCallResponse>& writer) {
        echo_metadata(ctx);
        co_return co_await answer(ctx, request, writer);
    }

    Task<Result<StreamingInputCallResponse>> stream_in(const CallContext& ctx, rpc::Reader<StreamingInputCallRequest>& reader) {
        echo_metadata(ctx);
        StreamingInputCallResponse response;
        while (true) {
            auto request = co_await reader.read();
            if (!request) co_return std::move(request).error();
            if (!*request) co_return response;
            if (auto fine = check_packing(ctx, **request); !fine) co_return fine.error();
            const auto size = static_cast<std::int64_t>((*request)->payload().body().size());
            response.set_aggregated_payload_size(static_cast<std::int32_t>(response.aggregated_payload_size() + size));
        }
    }

    Task<Result<void>> full_duplex(const CallContext& ctx, rpc::Reader<StreamingOutputCallRequest>& reader,
                                   rpc::Writer<StreamingOutputCallResponse>& writer) {
        echo_metadata(ctx);
        std::optional<ServerLoad::Lock> lock;
        while (true) {
            auto request = co_await reader.read();
            if (!request) co_return std::move(request).error();
            if (!*request) co_return Result<void>{};
            if (auto status = wanted_status(**request); !status) co_return status;
            if ((*request)->has_orca_oob_report()) {
                if (auto set = co_await set_load(ctx, (*request)->orca_oob_report(), lock); !set) co_return set;
            }
            if (auto answered = co_await answer(ctx, **request, writer); !answered) co_return answered;
        }
    }

    Task<Result<void>> half_duplex(const CallContext& ctx, rpc::Reader<StreamingOutputCallRequest>& reader,
                                   rpc::Writer<StreamingOutputCallResponse>& writer) {
        std::deque<StreamingOutputCallRequest> kept;
        while (true) {
            auto request = co_await reader.read();
            if (!request) co_return std::move(request).error();
            if (!*request) break;
            kept.push_back(std::move(**request));
        }
        for (const auto& request : kept) {
            if (auto answered = co_await answer(ctx, request, writer); !answered) co_return answered;
        }
        co_return Result<void>{};
    }

 private:
    /// Takes the lock, unless the call holds it already.
    Task<Result<void>> set_load(const CallContext& ctx, const TestOrcaReport& wanted, std::optional<ServerLoad::Lock>& lock) {
        if (!lock) {
            auto taken = co_await load_.lock(ctx);
            if (!taken) co_return std::move(taken).error();
            lock.emplace(std::move(*taken));
        }
        lock->set(to_report(wanted));
        co_return Result<void>{};
    }

    static Task<Result<void>> answer(const CallContext& ctx, const StreamingOutputCallRequest& request,
                                     rpc::Writer<StreamingOutputCallResponse>& writer) {
        for (const auto& wanted : request.response_parameters()) {
            if (wanted.compressed().value()) rpc::served(ctx)->response_compression = rpc::Compression::gzip;
        }
        for (const auto& wanted : request.response_parameters()) {
            if (wanted.interval_us() > 0) {
                const auto rested = co_await sleep_for(ctx, std::chrono::microseconds{wanted.interval_us()});
                if (!rested) co_return rested;
            }
            StreamingOutputCallResponse response;
            if (auto filled = fill(*response.mutable_payload(), wanted.size()); !filled) co_return filled;
            const rpc::WriteOptions options{.compress = wanted.compressed().value()};
            if (auto sent = co_await writer.write(response, options); !sent) co_return sent;
        }
        co_return Result<void>{};
    }

    ServerLoad& load_;
    std::string server_id_;
};

}  // namespace

std::unique_ptr<rpc::Service> make_test_service(ServerLoad& load, std::string server_id) {
    return std::make_unique<TestService>(load, std::move(server_id));
}

}  // namespace tw::interop
