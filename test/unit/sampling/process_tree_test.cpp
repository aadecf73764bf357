#include "sampling/process_tree.h"

#include <map>
#include <vector>

#include "sampling/extension_test.h"
#include "support/catch.h"

using namespace vitals;

namespace {

constexpr pid_t parent = 5;

struct World {
  std::map<pid_t, Group> direct;  // how a child of the common parent is classified
  std::map<pid_t, Group> known;   // processes of earlier looks
  std::vector<pid_t> order{};

  std::map<pid_t, Group> groups(std::vector<Newcomer> newcomers) {
    std::map<pid_t, Group> found;
    assign_groups(
        newcomers, parent, [this](pid_t pid) { return direct.contains(pid) ? direct.at(pid) : Group::function; },
        [this](pid_t pid) { return known.contains(pid) ? std::optional{known.at(pid)} : std::nullopt; },
        [&](const Newcomer& newcomer) {
          found[newcomer.pid] = *newcomer.group;
          order.push_back(newcomer.pid);
        });
    return found;
  }
};

}  // namespace

TEST_CASE("the function's processes are the strict descendants of the common parent") {
  World world;
  const auto groups =
      world.groups({{1, 0, {}}, {5, 1, {}}, {6, 5, {}}, {7, 6, {}}, {8, 7, {}}, {9, 1, {}}, {10, 9, {}}});
  CHECK(groups == std::map<pid_t, Group>{{6, Group::function}, {7, Group::function}, {8, Group::function}});
}

TEST_CASE("an extension takes its descendants with it, and so does this extension itself") {
  World world{.direct = {{6, Group::extension}, {8, Group::ignored}}, .known = {}};
  const auto groups = world.groups({{6, 5, {}}, {7, 6, {}}, {8, 5, {}}, {9, 8, {}}, {10, 5, {}}});
  CHECK(groups == std::map<pid_t, Group>{{6, Group::extension},
                                         {7, Group::extension},
                                         {8, Group::ignored},
                                         {9, Group::ignored},
                                         {10, Group::function}});
}

TEST_CASE("parents come before their children, also where pids have wrapped around") {
  World world;
  const auto groups = world.groups({{300, 32000, {}}, {301, 300, {}}, {31999, 5, {}}, {32000, 31999, {}}});
  CHECK(groups.size() == 4);
  CHECK(world.order == std::vector<pid_t>{31999, 32000, 300, 301});
}

TEST_CASE("a child of a known process belongs where that one does, wherever it has been moved to") {
  World world{.direct = {}, .known = {{40, Group::function}, {41, Group::extension}}};
  CHECK(world.groups({{50, 40, {}}, {51, 41, {}}, {52, 42, {}}}) ==
        std::map<pid_t, Group>{{50, Group::function}, {51, Group::extension}});
}

TEST_CASE("parents in a circle, or of their own, belong to nobody") {
  World world;
  CHECK(world.groups({{6, 7, {}}, {7, 6, {}}, {8, 8, {}}}).empty());
  CHECK(world.groups({}).empty());
}

TEST_CASE("what lies in a directory of extensions") {
  const std::vector<std::string> directories = {"/opt/extensions", "/tmp/layer/extensions/", ""};
  CHECK(lies_in("/opt/extensions/mine", directories));
  CHECK(lies_in("/opt/extensions/deep/er/mine", directories));
  CHECK(lies_in("/tmp/layer/extensions/mine", directories));
  CHECK_FALSE(lies_in("/opt/extensions", directories));
  CHECK_FALSE(lies_in("/opt/extensions/", directories));
  CHECK_FALSE(lies_in("/opt/extensions-of-mine/x", directories));
  CHECK_FALSE(lies_in("opt/extensions/mine", directories));
  CHECK_FALSE(lies_in("/var/opt/extensions/mine", directories));
  CHECK_FALSE(lies_in("", directories));
  CHECK_FALSE(lies_in("/anything", {}));
}
