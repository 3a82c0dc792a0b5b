#include "kit/http/plain_refusal.hpp"

#include "kit/http/server/response_head.hpp"

namespace tw::http {

std::string plain_http_refusal() {
    Response response{.status = 400, .content_type = "text/plain; charset=utf-8"};
    response.body = "This port uses HTTPS. Use https:// instead of http://.\n";
    DateCache dates;
    std::string answer;
    append_response(answer, response, {.keep_alive = false, .date = dates.now()});
    return answer;
}

}  // namespace tw::http
