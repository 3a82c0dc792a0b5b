#include "load.hpp"
#include "wire.hpp"

#include <csignal>
#include <cstdio>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

namespace peer {
namespace {

using grpc::ServerContext;
using grpc::Status;
using grpc::testing::Empty;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;

void echo_metadata(ServerContext& context) {
    const auto& metadata = context.client_metadata();
    const auto text = [](grpc::string_ref value) { return std::string{value.data(), value.size()}; };
    if (const auto found = metadata.find(kEchoInitial); found != metadata.end()) {
        context.AddInitialMetadata(kEchoInitial, text(found->second));
    }
    if (const auto found = metadata.find(kEchoTrailing); found != metadata.end()) {
        context.AddTrailingMetadata(kEchoTrailing, text(found->second));
    }
}

template <class Request>
Status wanted_status(const Request& request) {
    if (!request.has_response_status()) return Status::OK;
    return {static_cast<grpc::StatusCode>(request.response_status().code()), request.response_status().message()};
}

template <class Request>
Status check_packing(ServerContext& context, const Request& request) {
    if (!request.has_expect_compressed() || request.expect_compressed().value() == came_packed(context)) return Status::OK;
    return {grpc::StatusCode::INVALID_ARGUMENT, "packed, or not, against what the message says of itself"};
}

template <class Stream>
void answer(ServerContext& context, const StreamingOutputCallRequest& request, Stream& stream) {
    for (const auto& wanted : request.response_parameters()) {
        std::this_thread::sleep_for(std::chrono::microseconds{wanted.interval_us()});
        StreamingOutputCallResponse response;
        response.mutable_payload()->mutable_body()->assign(wanted.size(), '\0');
        grpc::WriteOptions options;
        if (!wanted.compressed().value()) options.set_no_compression();
        if (context.IsCancelled() || !stream.Write(response, options)) return;
    }
}

/// Must be said before the first answer, whichever of them is to be packed.
void pack_as_wanted(ServerContext& context, const StreamingOutputCallRequest& request) {
    for (const auto& wanted : request.response_parameters()) {
        if (wanted.compressed().value()) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    }
}

using Duplex = grpc::ServerReaderWriter<StreamingOutputCallResponse, StreamingOutputCallRequest>;

class TestService final : public grpc::testing::TestService::Service {
 public:
    TestService(OpenRcaService& load, std::string server_id) : load_{load}, server_id_{std::move(server_id)} {}

    Status EmptyCall(ServerContext* context, const Empty*, Empty*) override {
        echo_metadata(*context);
        return Status::OK;
    }

    Status UnaryCall(ServerContext* context, const SimpleRequest* request, SimpleResponse* response) override {
        echo_metadata(*context);
        if (auto fine = check_packing(*context, *request); !fine.ok()) return fine;
        if (request->response_compressed().value()) context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
        response->mutable_payload()->mutable_body()->assign(request->response_size(), '\0');
        if (request->fill_server_id()) response->set_server_id(server_id_);
        if (request->has_orca_per_query_report()) {
            context->AddTrailingMetadata(kLoadTrailer, load_report(request->orca_per_query_report()).SerializeAsString());
        }
        return wanted_status(*request);
    }

    Status CacheableUnaryCall(ServerContext* context, const SimpleRequest* request, SimpleResponse* response) override {
        return UnaryCall(context, request, response);
    }

    Status StreamingOutputCall(ServerContext* context, const StreamingOutputCallRequest* request,
                               grpc::ServerWriter<StreamingOutputCallResponse>* writer) override {
        pack_as_wanted(*context, *request);
        answer(*context, *request, *writer);
        return wanted_status(*request);
    }

    Status StreamingInputCall(ServerContext* context, grpc::ServerReader<StreamingInputCallRequest>* reader,
                              StreamingInputCallResponse* response) override {
        StreamingInputCallRequest request;
        int sum = 0;
        while (reader->Read(&request)) {
            if (auto fine = check_packing(*context, request); !fine.ok()) return fine;
            sum += static_cast<int>(request.payload().body().size());
        }
        response->set_aggregated_payload_size(sum);
        return Status::OK;
    }

    Status FullDuplexCall(ServerContext* context, Duplex* stream) override {
        echo_metadata(*context);
        StreamingOutputCallRequest request;
        std::unique_lock<std::mutex> load_lock;
        while (stream->Read(&request)) {
            if (auto status = wanted_status(request); !status.ok()) return status;
            if (request.has_orca_oob_report()) load_.set(load_report(request.orca_oob_report()), load_lock);
            answer(*context, request, *stream);
        }
        return Status::OK;
    }

    Status HalfDuplexCall(ServerContext* context, Duplex* stream) override {
        std::vector<StreamingOutputCallRequest> requests;
        StreamingOutputCallRequest request;
        while (stream->Read(&request)) requests.push_back(request);
        for (const auto& one : requests) answer(*context, one, *stream);
        return Status::OK;
    }

 private:
    OpenRcaService& load_;
    std::string server_id_;
};

int run(int argc, char** argv) {
    int port = 10'000;
    bool tls = false;
    std::string certificate;
    std::string key;
    CLI::App app{"The server of gRPC's interoperability suite, on gRPC C++."};
    app.add_option("--port", port);
    app.add_flag("--use_tls", tls);
    app.add_option("--tls_cert_file", certificate);
    app.add_option("--tls_key_file", key);
    CLI11_PARSE(app, argc, argv);

    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    pthread_sigmask(SIG_BLOCK, &end, nullptr);

    auto credentials = grpc::InsecureServerCredentials();
    if (tls) {
        grpc::SslServerCredentialsOptions options;
        options.pem_key_cert_pairs.push_back({read_file(key), read_file(certificate)});
        credentials = grpc::SslServerCredentials(options);
    }
    const auto address = "127.0.0.1:" + std::to_string(port);
    OpenRcaService load;
    TestService service{load, address};
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, credentials);
    builder.SetMaxReceiveMessageSize(kMessageBytesMax);
    builder.RegisterService(&service);
    builder.RegisterService(&load);
    const auto server = builder.BuildAndStart();
    if (!server) return 1;
    std::printf("serves at %d\n", port);
    std::fflush(stdout);
    int signal = 0;
    sigwait(&end, &signal);
    server->Shutdown(std::chrono::system_clock::now());
    return 0;
}

}  // namespace
}  // namespace peer

int main(int argc, char** argv) { return peer::run(argc, argv); }
