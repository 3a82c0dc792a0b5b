#include "kit/sql/postgres/connecting.hpp"

#include "kit/sql/postgres/connect_error.hpp"
#include "kit/sql/postgres/encoding.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace tw::sql::pg {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Connecting::Resolver {
    explicit Resolver(EventLoop& loop) : resolver{loop.io()} {}
    tcp::resolver resolver;
};

std::shared_ptr<Connecting> Connecting::start(EventLoop& loop, const Target& target, const PostgresOptions& options, Done done) {
    auto connecting = std::make_shared<Connecting>(loop, target, options, std::move(done));
    // The attempt starts in a later turn, so that the caller has the pointer before `done` is
    // called.
    loop.post([weak = std::weak_ptr{connecting}] {
        if (const auto self = weak.lock()) self->resolve();
    });
    return connecting;
}

Connecting::Connecting(EventLoop& loop, const Target& target, const PostgresOptions& options, Done done)
    : loop_{loop}, target_{target}, done_{std::move(done)}, watch_{loop}, timer_{loop.timers(), [this] {
                                                                                     fail("no answer in time");
                                                                                 }} {
    timer_.arm(loop.now() + options.connect_time_max);
}

Connecting::~Connecting() { watch_.forget(); }

void Connecting::resolve() {
    for (; next_place_ < target_.places.size(); ++next_place_) {
        const auto& place = target_.places[next_place_];
        boost::system::error_code not_literal;
        const auto literal = asio::ip::make_address(place.host, not_literal);
        if (!not_literal) {
            addresses_.push_back({place, literal.to_string()});
            continue;
        }
        if (place.host.empty() || place.host.starts_with('/') || place.host.starts_with('@')) {
            addresses_.push_back({place, {}});
            continue;
        }
        ++next_place_;
        if (!resolver_) resolver_ = std::make_unique<Resolver>(loop_);
        const auto on_answer = [weak = weak_from_this(), &place](const boost::system::error_code& error,
                                                                 const tcp::resolver::results_type& results) {
            const auto self = weak.lock();
            if (!self || !self->done_) return;
            std::vector<std::string> literals;
            for (const auto& entry : results) literals.push_back(entry.endpoint().address().to_string());
            if (error) self->unresolved_ = "resolve " + place.host + ": " + error.message();
            self->resolved(place, std::move(literals));
        };
        return resolver_->resolver.async_resolve(place.host, place.port, on_answer);
    }
    if (addresses_.empty()) return fail(unresolved_);
    connect();
}

void Connecting::resolved(const Target::Place& place, std::vector<std::string> literals) {
    for (auto& literal : literals) addresses_.push_back({place, std::move(literal)});
    resolve();
}

void Connecting::connect() {
    const ConnectParameters parameters{target_, addresses_};
    connection_.reset(PQconnectStartParams(parameters.keywords(), parameters.values(), 0));
    if (!connection_) return fail("out of memory while making a connection");
    if (PQstatus(connection_.get()) == CONNECTION_BAD) return fail(PQerrorMessage(connection_.get()));
    PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    watch_.watch(PQsocket(connection_.get()));
    watch_.wait(SocketWatch::Ready::to_write, [this] { poll(); });
}

void Connecting::poll() {
    const auto self = shared_from_this();
    // libpq may take another socket for the next address, and close this one.
    watch_.forget();
    switch (PQconnectPoll(connection_.get())) {
        case PGRES_POLLING_OK:
            return finish();
        case PGRES_POLLING_READING:
            watch_.watch(PQsocket(connection_.get()));
            return watch_.wait(SocketWatch::Ready::to_read, [this] { poll(); });
        case PGRES_POLLING_WRITING:
            watch_.watch(PQsocket(connection_.get()));
            return watch_.wait(SocketWatch::Ready::to_write, [this] { poll(); });
        default:
            return fail(PQerrorMessage(connection_.get()));
    }
}

void Connecting::finish() {
    timer_.cancel();
    if (PQsetnonblocking(connection_.get(), 1) != 0 || PQenterPipelineMode(connection_.get()) != 1) {
        return fail(PQerrorMessage(connection_.get()));
    }
    if (auto encoding = check_encoding(target_, connection_.get()); !encoding) return fail(std::move(encoding).error());
    PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
    std::exchange(done_, nullptr)(std::move(connection_));
}

/// `message` may point into the connection.
void Connecting::fail(std::string_view message) { fail(connect_error(target_, message)); }

void Connecting::fail(Error why) {
    const auto self = shared_from_this();
    timer_.cancel();
    watch_.forget();
    connection_.reset();
    if (done_) std::exchange(done_, nullptr)(std::move(why));
}

}  // namespace tw::sql::pg
