#include "kit/redis/reply.hpp"

#include <hiredis/hiredis.h>

namespace tw::redis {

void Reply::Free::operator()(redisReply* reply) const { freeReplyObject(reply); }

ReplyView::Kind ReplyView::kind() const {
    if (reply_ == nullptr) return Kind::nil;
    switch (reply_->type) {
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
            return Kind::text;
        case REDIS_REPLY_INTEGER:
            return Kind::integer;
        case REDIS_REPLY_ARRAY:
            return Kind::array;
        case REDIS_REPLY_ERROR:
            return Kind::error;
        default:
            return Kind::nil;
    }
}

std::string_view ReplyView::text() const {
    const auto is = kind();
    if (is != Kind::text && is != Kind::error) return {};
    return {reply_->str, static_cast<std::size_t>(reply_->len)};
}

std::int64_t ReplyView::integer() const { return kind() == Kind::integer ? reply_->integer : 0; }

std::size_t ReplyView::size() const { return kind() == Kind::array ? static_cast<std::size_t>(reply_->elements) : 0; }

ReplyView ReplyView::at(std::size_t index) const { return index < size() ? ReplyView{reply_->element[index]} : ReplyView{}; }

}  // namespace tw::redis
