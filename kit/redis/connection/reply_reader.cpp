#include "kit/redis/connection/reply_reader.hpp"

#include "kit/redis/connection/errors.hpp"

#include <hiredis/hiredis.h>
#include <new>
#include <string>

namespace tw::redis {

struct ReplyReader::State {
    redisReader* reader = redisReaderCreate();
    redisReplyObjectFunctions functions{};
    decltype(redisReplyObjectFunctions::createArray) create_array = nullptr;
    std::size_t bytes_max;
    /// The bytes that were fed since the last complete answer.
    std::size_t bytes = 0;

    explicit State(std::size_t reply_bytes_max) : bytes_max{reply_bytes_max} {
        if (reader == nullptr) throw std::bad_alloc{};
        functions = *reader->fn;
        create_array = functions.createArray;
        functions.createArray = create_bounded_array;
        reader->fn = &functions;
        reader->privdata = this;
    }
    ~State() { redisReaderFree(reader); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    /// hiredis allocates memory for as many elements as an array claims to have, so the claim is
    /// bounded first. The type of the count differs between versions of hiredis.
    template <class Count>
    static void* create_bounded_array(const redisReadTask* task, Count count) {
        // The shortest element is ":0\r
        // ".
        constexpr std::size_t kElementBytes = 4;
        const auto& self = *static_cast<const State*>(task->privdata);
        if (static_cast<std::size_t>(count) > self.bytes_max / kElementBytes) return nullptr;
        return self.create_array(task, count);
    }
};

ReplyReader::ReplyReader(std::size_t reply_bytes_max) : state_{std::make_unique<State>(reply_bytes_max)} {}
ReplyReader::ReplyReader(ReplyReader&&) noexcept = default;
ReplyReader::~ReplyReader() = default;

void ReplyReader::feed(std::span<const char> bytes) {
    redisReaderFeed(state_->reader, bytes.data(), bytes.size());
    state_->bytes += bytes.size();
}

Result<std::optional<Reply>> ReplyReader::next() {
    void* reply = nullptr;
    if (redisReaderGetReply(state_->reader, &reply) != REDIS_OK) {
        return broken_protocol(redisReaderGetError(state_->reader));
    }
    if (reply == nullptr) {
        if (state_->bytes > state_->bytes_max)
            return broken_protocol("the answer is larger than " + std::to_string(state_->bytes_max) + " bytes");
        return std::optional<Reply>{};
    }
    state_->bytes = state_->reader->len - state_->reader->pos;
    return std::optional<Reply>{Reply{static_cast<redisReply*>(reply)}};
}

}  // namespace tw::redis
