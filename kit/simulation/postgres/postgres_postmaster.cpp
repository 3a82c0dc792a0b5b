#include "kit/simulation/postgres/postgres_postmaster.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <poll.h>
#include <set>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

/// How often a fault of all sessions is tried while there is work.
constexpr std::chrono::milliseconds kMisfortuneEvery{200};

/// Binds a socket to this name in the abstract name space, where no two sockets of a machine have
/// the same name. Returns -1 if the name is in use.
int bind_to(const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path + 1, sizeof address.sun_path - 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor >= 0 && ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) == 0) return descriptor;
    if (descriptor >= 0) ::close(descriptor);
    return -1;
}

/// Returns the number of this process. The abstract name space belongs to the machine, so each
/// process that simulates takes the first free number and keeps it. A process that is alone on its
/// machine always has the same number. That matters since an error may contain the name, and its
/// length takes time in the simulated network.
int take_process_number() {
    constexpr int kNumbers = 1'000;
    for (int number = 0; number < kNumbers; ++number) {
        const int taken = bind_to(fmt::format("tw-simulation-{:03}", number));
        if (taken >= 0) return number;
    }
    throw std::runtime_error{"more than a thousand processes simulate on this machine"};
}

/// Returns the names of the models that exist now. Numbers are used again, so that each simulation
/// of a process begins with 0.
std::set<std::string>& names_in_use() {
    static std::set<std::string> names;
    return names;
}

std::string take_socket_name() {
    static const int process = take_process_number();
    for (int number = 0;; ++number) {
        auto name = fmt::format("tw-simulation-{:03}-{:03}", process, number);
        if (names_in_use().insert(name).second) return name;
    }
}

/// Listens at the socket to which libpq connects for a host and port, in the abstract name space.
int listen_at(const std::string& name) {
    const int descriptor = bind_to(name + "/.s.PGSQL.5432");
    if (descriptor < 0 || ::listen(descriptor, 512) != 0) {
        throw std::system_error{errno, std::generic_category(), "the socket of the model of PostgreSQL"};
    }
    return descriptor;
}

bool is_writable(int descriptor) {
    pollfd watched{descriptor, POLLOUT, 0};
    return ::poll(&watched, 1, 0) > 0;
}

SqlError fatal(std::string state, std::string message) {
    return {.state = std::move(state), .message = std::move(message), .severity = "FATAL"};
}

}  // namespace

PostgresPostmaster::PostgresPostmaster(Scheduler& scheduler, PostgresModel::Options options)
    : scheduler_{scheduler},
      options_{std::move(options)},
      socket_name_{take_socket_name()},
      listening_{listen_at(socket_name_)},
      wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      ready_{::epoll_create1(EPOLL_CLOEXEC)} {
    watch(listening_, 0);
}

PostgresPostmaster::~PostgresPostmaster() {
    ::close(listening_);
    names_in_use().erase(socket_name_);
    ::close(wake_);
    ::close(ready_);
}

void PostgresPostmaster::later(std::chrono::nanoseconds delay, std::move_only_function<void()> then) {
    if (blocking_) return immediate_.push_back(std::move(then));
    scheduler_.after(delay, std::move(then));
}

bool PostgresPostmaster::happens(std::string_view kind, double chance, std::string_view what) {
    return !blocking_ && scheduler_.faults().happens(kind, options_.place, chance, what);
}

// Connections.

bool PostgresPostmaster::accept() {
    const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return false;
    backends_.push_back(std::make_shared<PostgresBackend>(*this, descriptor, ++sessions_));
    watch(descriptor, sessions_);
    return true;
}

void PostgresPostmaster::watch(int descriptor, int session) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = static_cast<std::uint64_t>(session)}};
    if (::epoll_ctl(ready_, EPOLL_CTL_ADD, descriptor, &event) != 0)
        throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
}

/// Reads what has come, in the order of the sessions' numbers. Returns false if nothing has come.
/// Most sessions have nothing, so they are not asked one by one.
bool PostgresPostmaster::receive_ready() {
    events_.resize(backends_.size() + 1);
    const int count = ::epoll_wait(ready_, events_.data(), static_cast<int>(events_.size()), 0);
    std::vector<std::uint64_t> numbers;
    for (int i = 0; i < count; ++i) numbers.push_back(events_[static_cast<std::size_t>(i)].data.u64);
    std::ranges::sort(numbers);
    bool any = false;
    // A session that is accepted now is read from in the next round.
    std::vector<std::shared_ptr<PostgresBackend>> sessions;
    auto next = numbers.begin();
    for (const auto& session : backends_) {
        const auto number = static_cast<std::uint64_t>(session->number());
        while (next != numbers.end() && *next < number) ++next;
        const bool readable = next != numbers.end() && *next == number;
        if (readable || session->has_rest()) sessions.push_back(session);
    }
    while (!numbers.empty() && numbers.front() == 0 && accept()) any = true;
    for (const auto& session : sessions) {
        const bool readable = std::ranges::binary_search(numbers, static_cast<std::uint64_t>(session->number()));
        if (session->has_rest() && (readable || is_writable(session->descriptor()))) any = session->write_rest() || any;
        if (readable && session->listens()) any = session->receive() || any;
    }
    return any;
}

/// Reads from all sessions, in the order of their numbers, after waiting for at most `wait_millis`.
/// Returns false if nothing has come.
bool PostgresPostmaster::receive_all(int wait_millis) {
    std::vector<pollfd> watched{{listening_, POLLIN, 0}, {wake_, POLLIN, 0}};
    std::vector<std::shared_ptr<PostgresBackend>> sessions;
    for (auto i = blocking_ ? blocking_from_ : 0; i < backends_.size(); ++i) {
        const auto& backend = backends_[i];
        const auto events = (backend->listens() ? POLLIN : 0) | (backend->has_rest() ? POLLOUT : 0);
        if (events == 0) continue;
        watched.push_back({backend->descriptor(), static_cast<short>(events), 0});
        sessions.push_back(backend);
    }
    if (::poll(watched.data(), watched.size(), wait_millis) <= 0) return false;
    bool any = false;
    while (watched[0].revents != 0 && accept()) any = true;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        if (watched[i + 2].revents == 0) continue;
        any = sessions[i]->write_rest() || any;
        if (sessions[i]->listens()) any = sessions[i]->receive() || any;
    }
    return any;
}

bool PostgresPostmaster::was_sent(std::string_view bytes) const {
    return input_.contains(bytes) || std::ranges::any_of(backends_, [&](const auto& backend) {
               return backend->descriptor() >= 0 && backend->unread().contains(bytes);
           });
}

void PostgresPostmaster::sweep() {
    std::erase_if(backends_, [](const auto& backend) { return backend->gone(); });
}

bool PostgresPostmaster::poll() {
    const bool any = receive_ready();
    if (any) maybe_misfortune();
    sweep();
    return any;
}

std::optional<SqlError> PostgresPostmaster::refuse_connection() {
    if (recovering_) return fatal("57P03", "the database system is starting up");
    const auto sessions =
        static_cast<std::size_t>(std::ranges::count_if(backends_, [](const auto& one) { return one->counts(); }));
    if (sessions >= options_.connections_max || happens("server full", 0.02)) {
        return fatal("53300", "sorry, too many clients already");
    }
    return std::nullopt;
}

void PostgresPostmaster::cancel(int pid) {
    const auto found = std::ranges::find(backends_, pid, [](const auto& one) { return one->backend_pid(); });
    if (found == backends_.end()) return;
    tell([&] { return fmt::format("session {} is asked to stop", (*found)->number()); });
    (*found)->interrupt({.state = "57014", .message = "canceling statement due to user request"});
}

// Who waits for whom.

void PostgresPostmaster::ended(TransactionId transaction) {
    if (blocking_) return ended_meanwhile_.push_back(transaction);
    std::vector<std::shared_ptr<PostgresBackend>> waiting;
    for (const auto& backend : backends_) {
        if (backend->waits_for() == transaction) waiting.push_back(backend);
    }
    std::ranges::sort(waiting, {}, [](const auto& one) { return one->waits_since(); });
    for (const auto& backend : waiting) backend->wake();
}

bool PostgresPostmaster::in_deadlock(const PostgresBackend& backend) const {
    auto next = backend.waits_for();
    for (std::size_t i = 0; i <= backends_.size() && next != 0; ++i) {
        if (next == backend.transaction()) return true;
        const auto found = std::ranges::find(backends_, next, [](const auto& one) { return one->transaction(); });
        if (found == backends_.end()) return false;
        next = (*found)->waits_for();
    }
    return false;
}

std::string PostgresPostmaster::name_of(TransactionId transaction) const {
    const auto found = std::ranges::find(backends_, transaction, [](const auto& one) { return one->transaction(); });
    return found == backends_.end() ? std::string{"nobody"} : fmt::format("session {}", (*found)->number());
}

std::size_t PostgresPostmaster::sessions() const {
    const auto heard = [](const auto& one) { return one->counts() && !one->is_half_open(); };
    return static_cast<std::size_t>(std::ranges::count_if(backends_, heard));
}

std::size_t PostgresPostmaster::open_transactions() const {
    return static_cast<std::size_t>(std::ranges::count_if(backends_, [](const auto& one) { return one->in_block(); }));
}

// What befalls it.

void PostgresPostmaster::maybe_misfortune() {
    if (steady_now() < next_misfortune_) return;
    next_misfortune_ = steady_now() + kMisfortuneEvery;
    if (happens("all sessions terminated", 0.005)) terminate_all();
    if (!recovering_ && happens("crash", 0.004)) crash();
    if (!read_only_ && happens("read-only", 0.004)) {
        set_read_only(true);
        later(100ms + std::chrono::milliseconds{pick(4'000)}, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->set_read_only(false);
        });
    }
}

void PostgresPostmaster::terminate_all() {
    const auto sessions = backends_;
    for (const auto& backend : sessions) {
        backend->terminate(fatal("57P01", "terminating connection due to administrator command"));
    }
}

void PostgresPostmaster::cut_off(const std::string& application) {
    cut_off_.insert(application);
    const auto sessions = backends_;
    for (const auto& backend : sessions) {
        if (backend->application() == application) backend->cut();
    }
}

void PostgresPostmaster::set_read_only(bool read_only) {
    tell([&] { return read_only ? std::string{"may only read"} : std::string{"may write"}; });
    read_only_ = read_only;
    if (!read_only) return;
    for (const auto& backend : backends_) backend->make_read_only();
}

void PostgresPostmaster::crash() {
    tell([] { return std::string{"crashes"}; });
    recovering_ = true;
    const auto sessions = std::exchange(backends_, {});
    const bool speaks = pick(2) == 0;
    for (const auto& backend : sessions) {
        backend->quit(speaks
                          ? std::optional{SqlError{.state = "57P02",
                                                   .message = "terminating connection because of crash of another server process",
                                                   .severity = "WARNING"}}
                          : std::nullopt);
    }
    // The sessions that still have to send a message stay.
    std::ranges::copy_if(sessions, std::back_inserter(backends_), [](const auto& one) { return !one->gone(); });
    later(50ms + std::chrono::milliseconds{pick(2'000)}, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->recovering_ = false;
        self->tell([] { return std::string{"has recovered"}; });
    });
}

// Blocking calls.

void PostgresPostmaster::run_immediate() {
    while (!immediate_.empty()) {
        auto work = std::move(immediate_.front());
        immediate_.pop_front();
        work();
    }
}

void PostgresPostmaster::serve_until(const std::atomic<bool>& stop) {
    while (true) {
        const bool last = stop.load();
        // Everything that was written before the stop is read.
        while (receive_all(0)) {
            run_immediate();
            sweep();
        }
        if (last) return;
        receive_all(-1);
        run_immediate();
        sweep();
    }
}

void PostgresPostmaster::serve_blocking(const std::function<void()>& body) {
    // Connections that came before belong to the simulation.
    while (accept()) {
    }
    sweep();
    blocking_from_ = backends_.size();
    blocking_now_ = scheduler_.now().unix_micros();
    blocking_ = true;
    std::atomic<bool> stop{false};
    std::exception_ptr failed;
    std::thread server{[&] {
        try {
            serve_until(stop);
        } catch (...) {
            failed = std::current_exception();
            // The client must not wait for ever for an answer.
            ::shutdown(listening_, SHUT_RDWR);
            for (auto i = blocking_from_; i < backends_.size(); ++i) backends_[i]->quit(std::nullopt);
        }
    }};
    std::exception_ptr thrown;
    try {
        body();
    } catch (...) {
        thrown = std::current_exception();
    }
    stop = true;
    ::eventfd_write(wake_, 1);
    server.join();
    eventfd_t ignored = 0;
    ::eventfd_read(wake_, &ignored);
    blocking_ = false;
    if (failed) std::rethrow_exception(failed);
    for (const auto transaction : std::exchange(ended_meanwhile_, {})) ended(transaction);
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace tw::simulation
