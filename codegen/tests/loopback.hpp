#pragma once

#include "kit/rpc/channel.hpp"
#include "kit/rpc/service.hpp"

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include <google/protobuf/message.h>

namespace tw::codegen {

/// A stream whose requests are all there at the start. It keeps the responses.
class MemoryStream final : public rpc::ServerStream {
 public:
    Task<Result<bool>> read(rpc::Message& request) override {
        if (requests.empty()) co_return false;
        request.ParseFromString(requests.front());
        requests.pop_front();
        co_return true;
    }
    Task<Result<void>> write(const rpc::Message& response, rpc::WriteOptions) override {
        responses.push_back(response.SerializeAsString());
        co_return Result<void>{};
    }
    void send_head() override {}

    std::deque<std::string> requests;
    std::deque<std::string> responses;
};

/// Returns the handler of `method`, or null if the service has none.
inline const rpc::Handler* handler_of(const rpc::Service& service, const rpc::Method& method) {
    for (const auto& handler : service.handlers()) {
        if (handler.method == &method) return &handler;
    }
    return nullptr;
}

/// A channel to one service. A streaming call is served as a whole when its first response is read.
class LoopbackChannel final : public rpc::Channel {
 public:
    explicit LoopbackChannel(rpc::Service& service) : service_{service} {}

    Task<Result<void>> unary(const CallContext& ctx, const rpc::Method& method, const rpc::Message& request,
                             rpc::Message& response, rpc::CallOptions*) override {
        return handler_of(service_, method)->unary(service_, ctx, request, response);
    }
    Task<Result<std::unique_ptr<rpc::ClientStream>>> open(const CallContext& ctx, const rpc::Method& method,
                                                          rpc::CallOptions*) override {
        std::unique_ptr<rpc::ClientStream> stream = std::make_unique<Call>(service_, ctx, *handler_of(service_, method));
        co_return stream;
    }
    rpc::ChannelState state() const override { return {}; }

 private:
    class Call final : public rpc::ClientStream {
     public:
        Call(rpc::Service& service, const CallContext& ctx, const rpc::Handler& handler)
            : service_{service}, ctx_{ctx}, handler_{handler} {}

        Task<Result<void>> write(const rpc::Message& request, rpc::WriteOptions) override {
            stream_.requests.push_back(request.SerializeAsString());
            co_return Result<void>{};
        }
        Task<Result<void>> finish_writes() override { co_return Result<void>{}; }
        Task<Result<bool>> read(rpc::Message& response) override {
            if (!std::exchange(served_, true)) {
                auto done = co_await handler_.stream(service_, ctx_, stream_);
                if (!done) co_return std::move(done).error();
            }
            if (stream_.responses.empty()) co_return false;
            response.ParseFromString(stream_.responses.front());
            stream_.responses.pop_front();
            co_return true;
        }

     private:
        rpc::Service& service_;
        const CallContext& ctx_;
        const rpc::Handler& handler_;
        MemoryStream stream_;
        bool served_ = false;
    };

    rpc::Service& service_;
};

}  // namespace tw::codegen
