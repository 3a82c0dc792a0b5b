#include "kit/async/run.hpp"
#include "kit/net/connect.hpp"
#include "kit/net/listener.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <sys/stat.h>

#include <gtest/gtest.h>

// These need a file system, since the file of the socket is what is tested.

namespace tw::net {
namespace {

using namespace std::chrono_literals;

class LocalSocketTest : public testing::Test {
 protected:
    LocalSocketTest() {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directory(folder);
    }
    ~LocalSocketTest() override { std::filesystem::remove_all(folder); }

    std::filesystem::path folder =
        std::filesystem::path{testing::TempDir()} /
        ("tw_" + std::string{testing::UnitTest::GetInstance()->current_test_info()->name()}.substr(0, 40));
    Address address{(folder / "s").string()};

    bool exists() const { return std::filesystem::exists(address.host); }
};

Task<Result<std::unique_ptr<Stream>>> connect_to(EventLoop& loop, Address address) {
    RootCall call{loop};
    co_return co_await connect(call.context(), loop, address, 5s);
}

TEST_F(LocalSocketTest, ClientsConnectAndTheirPeerIsThePath) {
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

TEST_F(LocalSocketTest, TheFileIsForOwnerAndGroupAndGoesWithTheListener) {
    const auto mask = ::umask(0077);
    auto listener = Listener::bind(address).value();
    ::umask(mask);
    struct stat file{};
    ASSERT_EQ(::stat(address.host.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 07777, 0660u);
    listener->close();
    EXPECT_FALSE(exists());
}

TEST_F(LocalSocketTest, AFileWhereNobodyAnswersIsReplaced) {
    auto listener = Listener::bind(address).value();
    std::filesystem::create_hard_link(address.host, address.host + ".kept");
    listener.reset();
    std::filesystem::rename(address.host + ".kept", address.host);
    EXPECT_TRUE(Listener::bind(address));
}

TEST_F(LocalSocketTest, AFileWhereSomebodyAnswersIsInUse) {
    const auto listener = Listener::bind(address).value();
    const auto second = Listener::bind(address);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Code::failed_precondition);
    EXPECT_EQ(second.error().reason(), "ADDRESS_IN_USE");
    EXPECT_NE(second.error().detail().find(address.to_string()), std::string::npos);
    EXPECT_TRUE(exists());
}

TEST_F(LocalSocketTest, WhatIsNoSocketIsLeftAlone) {
    std::ofstream{address.host} << "precious";
    const auto listener = Listener::bind(address);
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().reason(), "NOT_A_SOCKET");
    EXPECT_TRUE(exists());
}

TEST_F(LocalSocketTest, TheFileOfAnotherIsNotTakenAway) {
    auto first = Listener::bind(address).value();
    std::filesystem::remove(address.host);
    const auto second = Listener::bind(address).value();
    first.reset();
    EXPECT_TRUE(exists());
}

TEST_F(LocalSocketTest, AFolderThatDoesNotExistIsNamed) {
    const auto listener = Listener::bind({(folder / "none" / "s").string()});
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().code(), Code::invalid_argument);
    EXPECT_NE(listener.error().detail().find("folder"), std::string::npos);
}

TEST_F(LocalSocketTest, NobodyThereIsARefusal) {
    EventLoop client;
    const auto stream = run_until_done(client, connect_to(client, address));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code(), Code::unavailable);
}

}  // namespace
}  // namespace tw::net
