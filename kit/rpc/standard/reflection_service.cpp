#include "kit/rpc/standard/reflection_service.hpp"

#include "kit/rpc/standard/descriptor_index.hpp"
#include "kit/rpc/standard_method.hpp"

#include <array>
#include <grpc/reflection/v1/reflection.pb.h>
#include <grpc/reflection/v1alpha/reflection.pb.h>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

namespace tw::rpc {
namespace {

namespace v1 = grpc::reflection::v1;
namespace v1alpha = grpc::reflection::v1alpha;

/// The differences between the two versions, whose messages are the same.
struct V1 {
    using Request = v1::ServerReflectionRequest;
    using Response = v1::ServerReflectionResponse;
    static constexpr std::string_view kName = "grpc.reflection.v1.ServerReflection";
    static constexpr std::string_view kPath = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
};
struct V1Alpha {
    using Request = v1alpha::ServerReflectionRequest;
    using Response = v1alpha::ServerReflectionResponse;
    static constexpr std::string_view kName = "grpc.reflection.v1alpha.ServerReflection";
    static constexpr std::string_view kPath = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
};

template <class V>
constexpr Method kInfo = standard_method<typename V::Request, typename V::Response>(V::kPath, V::kName, "ServerReflectionInfo",
                                                                                    Shape::bidirectional, kNoTimeLimit);

/// The files that one call has sent already.
using SentFiles = std::set<const FileDescriptor*>;

template <class List>
void append_file(const FileDescriptor* file, SentFiles& sent_files, List& out) {
    google::protobuf::FileDescriptorProto proto;
    file->CopyTo(&proto);
    file->CopyJsonNameTo(&proto);
    *out.add_file_descriptor_proto() = proto.SerializeAsString();
    sent_files.insert(file);
    for (int i = 0; i < file->dependency_count(); ++i) {
        if (!sent_files.contains(file->dependency(i))) append_file(file->dependency(i), sent_files, out);
    }
}

template <class Response>
void refuse(const Error& why, Response& response) {
    auto& error = *response.mutable_error_response();
    error.set_error_code(static_cast<int>(why.code()));
    error.set_error_message(why.detail());
}

/// Sends the file that was asked for, even if the call has sent it before. Files that it imports
/// are added unless the call has sent them.
template <class Response>
void append_or_refuse(const Result<const FileDescriptor*>& file, SentFiles& sent_files, Response& response) {
    if (!file) return refuse(file.error(), response);
    append_file(*file, sent_files, *response.mutable_file_descriptor_response());
}

template <class V>
class VersionedReflectionService final : public ReflectionService {
 public:
    using Request = V::Request;
    using Response = V::Response;

    explicit VersionedReflectionService(std::span<const std::string_view> services)
        : services_{services.begin(), services.end()}, index_{*google::protobuf::DescriptorPool::generated_pool(), services} {}

    std::string_view service_name() const override { return V::kName; }
    std::span<const Handler> handlers() const override {
        static constexpr std::array<Handler, 1> kHandlers{make_handler<&VersionedReflectionService::info, kInfo<V>>()};
        return kHandlers;
    }

    void shut_down() override {
        down_ = true;
        const auto open = open_;
        for (auto* scope : open) {
            if (open_.contains(scope)) scope->cancel(unavailable("the server is shutting down"));
        }
    }

    Task<Result<void>> info(const CallContext& ctx, Reader<Request>& reader, Writer<Response>& writer) {
        if (down_) co_return unavailable("the server is shutting down");
        const OpenCall open_call{open_, &ctx.scope()};
        SentFiles sent_files;
        for (;;) {
            auto request = co_await reader.read();
            if (!request) co_return std::move(request).error();
            if (!*request) co_return Result<void>{};
            const auto response = answer(std::move(**request), sent_files);
            if (auto sent = co_await writer.write(response); !sent) co_return sent;
        }
    }

 private:
    /// Registers an open call while it exists.
    struct OpenCall {
        OpenCall(std::set<CancelScope*>& all, CancelScope* scope) : all_{all}, at_{all.insert(scope).first} {}
        ~OpenCall() { all_.erase(at_); }
        OpenCall(const OpenCall&) = delete;
        OpenCall& operator=(const OpenCall&) = delete;

        std::set<CancelScope*>& all_;
        std::set<CancelScope*>::iterator at_;
    };

    Response answer(Request request, SentFiles& sent_files) const {
        Response response;
        response.set_valid_host(request.host());
        switch (request.message_request_case()) {
            case Request::kFileByFilename:
                append_or_refuse(index_.file_by_name(request.file_by_filename()), sent_files, response);
                break;
            case Request::kFileContainingSymbol:
                append_or_refuse(index_.file_of_symbol(request.file_containing_symbol()), sent_files, response);
                break;
            case Request::kFileContainingExtension: {
                const auto& extension = request.file_containing_extension();
                const auto file = index_.file_of_extension(extension.containing_type(), extension.extension_number());
                append_or_refuse(file, sent_files, response);
                break;
            }
            case Request::kAllExtensionNumbersOfType:
                append_extensions(request.all_extension_numbers_of_type(), response);
                break;
            case Request::kListServices:
                for (const auto& service : services_) response.mutable_list_services_response()->add_service()->set_name(service);
                break;
            default:
                refuse(Error{Code::invalid_argument, "NO_QUESTION", "the request asks for nothing"}, response);
        }
        *response.mutable_original_request() = std::move(request);
        return response;
    }

    void append_extensions(const std::string& type, Response& response) const {
        const auto numbers = index_.extension_numbers(type);
        if (!numbers) return refuse(numbers.error(), response);
        auto& out = *response.mutable_all_extension_numbers_response();
        out.set_base_type_name(type);
        for (const int number : *numbers) out.add_extension_number(number);
    }

    std::vector<std::string> services_;
    DescriptorIndex index_;
    std::set<CancelScope*> open_;
    bool down_ = false;
};

}  // namespace

std::unique_ptr<ReflectionService> ReflectionService::make(Version version, std::span<const std::string_view> services) {
    if (version == Version::v1) return std::make_unique<VersionedReflectionService<V1>>(services);
    return std::make_unique<VersionedReflectionService<V1Alpha>>(services);
}

}  // namespace tw::rpc
