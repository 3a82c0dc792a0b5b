#include "kit/idempotency/record/message_bytes.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>

namespace tw::idempotency {

std::string message_bytes(const rpc::Message& message) {
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream text{&bytes};
        google::protobuf::io::CodedOutputStream coded{&text};
        coded.SetSerializationDeterministic(true);
        message.SerializeToCodedStream(&coded);
    }
    return bytes;
}

}  // namespace tw::idempotency
