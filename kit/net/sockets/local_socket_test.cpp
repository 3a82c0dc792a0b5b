#include "kit/async/run.hpp"
#include "kit/net/connect.hpp"
#include "kit/net/listener.hpp"
#include "kit/net/stream_fixture.hpp"

#include <atomic>
#include <barrier>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

// These tests need a file system, since they test the socket's file.

namespace tw::net {
namespace {

using test::connect_to;
using namespace std::chrono_literals;

class LocalSocketTest : public testing::Test {
 protected:
    ~LocalSocketTest() override { std::filesystem::remove_all(folder); }

    /// Makes a folder with a name that is short enough for a socket's path.
    static std::filesystem::path make_folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tw-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::system_error{errno, std::generic_category(), pattern};
        return pattern;
    }

    std::filesystem::path folder = make_folder();
    Address address{(folder / "s").string()};
    std::string lock = address.host + ".lock";

    bool exists() const { return std::filesystem::exists(address.host); }

    /// Leaves a socket file as a process does that had no time to remove it.
    void leave_a_file() const { static_cast<void>(bind_as_another_program(address.host)); }

    /// Binds a socket that does not listen, as a program does that does not use the lock.
    static Socket bind_as_another_program(const std::string& path) {
        Socket socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), {path}};
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        path.copy(at.sun_path, sizeof(at.sun_path) - 1);
        EXPECT_EQ(::bind(socket.descriptor(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
        return socket;
    }
};

TEST_F(LocalSocketTest, clients_connect_and_their_peer_is_the_path) {
    LoopGroup loops{1};
    auto listener = Listener::bind(address).value();
    EXPECT_EQ(listener->local(), address);
    std::promise<Address> accepted;
    listener->start(loops, [&](EventLoop&, Socket socket) { accepted.set_value(socket.peer()); });
    loops.start();
    EventLoop client;
    const auto stream = run_until_done(client, connect_to(client, address));
    ASSERT_TRUE(stream) << stream.error().cause();
    EXPECT_EQ((*stream)->peer(), address);
    EXPECT_EQ(accepted.get_future().get(), address);
    listener->close();
    loops.stop();
}

TEST_F(LocalSocketTest, the_file_is_for_owner_and_group_and_goes_with_the_listener) {
    const auto mask = ::umask(0077);
    auto listener = Listener::bind(address).value();
    ::umask(mask);
    struct stat file{};
    ASSERT_EQ(::stat(address.host.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 07777, 0660u);
    listener->close();
    EXPECT_FALSE(exists());
}

TEST_F(LocalSocketTest, a_file_where_nobody_answers_is_replaced) {
    leave_a_file();
    ASSERT_TRUE(exists());
    EXPECT_TRUE(Listener::bind(address));
}

/// The outcomes of several servers that start at the same time on one file.
struct Race {
    std::atomic<int> winners{0};
    std::atomic<int> told_in_use{0};
    std::atomic<int> answered{0};
};

TEST_F(LocalSocketTest, of_servers_that_start_at_once_one_gets_the_file_and_the_others_are_told) {
    constexpr int kServers = 4;
    constexpr int kRounds = 200;
    LoopGroup loops{1};
    loops.start();
    EventLoop client;
    for (int round = 0; round < kRounds; ++round) {
        std::filesystem::remove(address.host);
        leave_a_file();
        Race race;
        std::barrier start{kServers};
        std::vector<std::unique_ptr<Listener>> listeners(kServers);
        {
            std::vector<std::jthread> servers;
            for (auto& place : listeners) {
                servers.emplace_back([&] {
                    start.arrive_and_wait();
                    auto listener = Listener::bind(address);
                    if (listener) {
                        ++race.winners;
                        place = std::move(*listener);
                    } else if (listener.error().reason() == "ADDRESS_IN_USE") {
                        ++race.told_in_use;
                    }
                });
            }
        }
        ASSERT_EQ(race.winners, 1) << "in round " << round;
        ASSERT_EQ(race.told_in_use, kServers - 1) << "in round " << round;
        std::promise<void> reached;
        for (const auto& one : listeners) {
            if (one) one->start(loops, [&](EventLoop&, Socket) { reached.set_value(); });
        }
        ASSERT_TRUE(run_until_done(client, connect_to(client, address))) << "in round " << round;
        reached.get_future().wait();
    }
    loops.stop();
}

TEST_F(LocalSocketTest, a_file_where_somebody_answers_is_in_use) {
    const auto listener = Listener::bind(address).value();
    const auto second = Listener::bind(address);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Code::failed_precondition);
    EXPECT_EQ(second.error().reason(), "ADDRESS_IN_USE");
    EXPECT_NE(second.error().detail().find(address.to_string()), std::string::npos);
    EXPECT_TRUE(exists());
}

TEST_F(LocalSocketTest, a_file_where_another_program_answers_is_in_use) {
    const auto other = bind_as_another_program(address.host);
    ASSERT_EQ(::listen(other.descriptor(), 1), 0);
    const auto listener = Listener::bind(address);
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().reason(), "ADDRESS_IN_USE");
    EXPECT_TRUE(exists());
}

TEST_F(LocalSocketTest, who_has_closed_is_succeeded_while_its_connections_end) {
    const auto first = Listener::bind(address).value();
    first->close();
    const auto second = Listener::bind(address).value();
    first->close();
    EXPECT_TRUE(exists());
}

TEST_F(LocalSocketTest, what_is_no_socket_is_left_alone) {
    std::ofstream{address.host} << "precious";
    const auto listener = Listener::bind(address);
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().reason(), "NOT_A_SOCKET");
    EXPECT_TRUE(exists());
    EXPECT_FALSE(std::filesystem::exists(lock));
}

TEST_F(LocalSocketTest, the_file_of_another_is_not_taken_away) {
    auto first = Listener::bind(address).value();
    std::filesystem::remove(address.host);
    const auto other = bind_as_another_program(address.host);
    first.reset();
    EXPECT_TRUE(exists());
}

TEST_F(LocalSocketTest, a_folder_that_does_not_exist_is_named) {
    const auto listener = Listener::bind({(folder / "none" / "s").string()});
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().code(), Code::invalid_argument);
    EXPECT_NE(listener.error().detail().find("folder"), std::string::npos);
}

TEST_F(LocalSocketTest, the_lock_is_for_owner_and_group_and_stays) {
    const auto mask = ::umask(0077);
    Listener::bind(address).value().reset();
    ::umask(mask);
    struct stat file{};
    ASSERT_EQ(::stat(lock.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 07777, 0660u);
    EXPECT_EQ(file.st_size, 0);
    EXPECT_TRUE(Listener::bind(address));
}

TEST_F(LocalSocketTest, where_the_lock_would_be_no_link_is_followed) {
    std::filesystem::create_symlink(folder / "elsewhere", lock);
    const auto listener = Listener::bind(address);
    ASSERT_FALSE(listener);
    EXPECT_NE(listener.error().detail().find(lock), std::string::npos) << listener.error().detail();
    EXPECT_FALSE(std::filesystem::exists(folder / "elsewhere"));
    EXPECT_FALSE(exists());
}

TEST_F(LocalSocketTest, a_server_that_has_no_room_for_more_is_a_refusal) {
    const auto server = bind_as_another_program(address.host);
    ASSERT_EQ(::listen(server.descriptor(), 0), 0);
    EventLoop client;
    const auto first = run_until_done(client, connect_to(client, address));
    ASSERT_TRUE(first) << first.error().cause();
    const auto second = run_until_done(client, connect_to(client, address));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Code::unavailable);
}

TEST_F(LocalSocketTest, nobody_there_is_a_refusal) {
    EventLoop client;
    const auto stream = run_until_done(client, connect_to(client, address));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code(), Code::unavailable);
}

}  // namespace
}  // namespace tw::net
