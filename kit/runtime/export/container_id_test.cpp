#include "kit/runtime/export/container_id.hpp"

#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

const std::string kId = "3f4b0c1d2e3f40516273849506a7b8c9dae1fb0c1d2e3f405162738495a6b7c8";

TEST(ContainerId, is_the_last_part_of_a_control_group) {
    EXPECT_EQ(container_id_of_cgroup("12:cpu:/docker/" + kId + "\n11:memory:/docker/" + kId + "\n"), kId);
    EXPECT_EQ(container_id_of_cgroup("1:name=systemd:/kubepods/burstable/pod1/cri-containerd-" + kId + ".scope"), kId);
    EXPECT_EQ(container_id_of_cgroup("0::/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" + kId), kId);
}

TEST(ContainerId, is_not_what_is_longer_or_shorter_or_no_group_of_its_own) {
    EXPECT_EQ(container_id_of_cgroup("0::/\n"), "");
    EXPECT_EQ(container_id_of_cgroup("0::/docker/" + kId + "0"), "");
    EXPECT_EQ(container_id_of_cgroup("0::/docker/" + kId.substr(1)), "");
    EXPECT_EQ(container_id_of_cgroup("0::/user.slice/user-1000.slice/session-2.scope"), "");
    EXPECT_EQ(container_id_of_cgroup(""), "");
}

TEST(ContainerId, is_where_the_files_of_an_engine_lie) {
    const std::string mounts = "1 0 0:1 / / rw - overlay overlay rw,upperdir=/var/lib/docker/overlay2/" + std::string(64, 'a') +
                               "/diff\n" + "2 1 8:1 /var/lib/docker/containers/" + kId +
                               "/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda1 rw\n";
    EXPECT_EQ(container_id_of_mountinfo(mounts), kId);
    EXPECT_EQ(container_id_of_mountinfo("2 1 8:1 /overlay-containers/" + kId + "/userdata/hostname /etc/hostname rw - tmpfs"),
              kId);
}

TEST(ContainerId, is_not_the_id_of_a_layer) {
    EXPECT_EQ(container_id_of_mountinfo("1 0 0:1 / / rw - overlay overlay rw,upperdir=/var/lib/docker/overlay2/" + kId), "");
}

}  // namespace
}  // namespace tw::runtime
