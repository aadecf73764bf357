#include "sampling/process_tree.h"

#include <map>
#include <vector>

#include "support/catch.h"

using namespace vitals;

namespace {

constexpr pid_t parent = 5;

struct World {
  std::map<pid_t, Group> direct;  // what a child of the common parent is, if not the function's
  std::map<pid_t, Group> known;   // processes of earlier looks
  std::vector<pid_t> order{};

  std::map<pid_t, Group> groups(std::vector<Newcomer> newcomers) {
    std::map<pid_t, Group> found;
    for (auto& newcomer : newcomers) {
      if (newcomer.ppid == parent)
        newcomer.is = direct.contains(newcomer.pid) ? direct.at(newcomer.pid) : Group::function;
    }
    assign_groups(
        newcomers, parent,
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
  const auto groups = world.groups({{1, 0, {}, {}},
                                    {5, 1, {}, {}},
                                    {6, 5, {}, {}},
                                    {7, 6, {}, {}},
                                    {8, 7, {}, {}},
                                    {9, 1, {}, {}},
                                    {10, 9, {}, {}}});
  CHECK(groups == std::map<pid_t, Group>{{6, Group::function}, {7, Group::function}, {8, Group::function}});
}

TEST_CASE("an extension takes its descendants with it, and so does this extension itself") {
  World world{.direct = {{6, Group::extension}, {8, Group::ignored}}, .known = {}};
  const auto groups = world.groups({{6, 5, {}, {}}, {7, 6, {}, {}}, {8, 5, {}, {}}, {9, 8, {}, {}}, {10, 5, {}, {}}});
  CHECK(groups == std::map<pid_t, Group>{{6, Group::extension},
                                         {7, Group::extension},
                                         {8, Group::ignored},
                                         {9, Group::ignored},
                                         {10, Group::function}});
}

TEST_CASE("parents come before their children, also where pids have wrapped around") {
  World world;
  const auto groups =
      world.groups({{300, 32000, {}, {}}, {301, 300, {}, {}}, {31999, 5, {}, {}}, {32000, 31999, {}, {}}});
  CHECK(groups.size() == 4);
  CHECK(world.order == std::vector<pid_t>{31999, 32000, 300, 301});
}

TEST_CASE("a child of a known process belongs where that one does, wherever it has been moved to") {
  World world{.direct = {}, .known = {{40, Group::function}, {41, Group::extension}}};
  CHECK(world.groups({{50, 40, {}, {}}, {51, 41, {}, {}}, {52, 42, {}, {}}}) ==
        std::map<pid_t, Group>{{50, Group::function}, {51, Group::extension}});
}

TEST_CASE("processes that are their own ancestors belong to no group") {
  World world;
  CHECK(world.groups({{6, 7, {}, {}}, {7, 6, {}, {}}, {8, 8, {}, {}}}).empty());
  CHECK(world.groups({}).empty());
}

TEST_CASE("of a child of the common parent that nothing is decided of, nothing is said, nor of its descendants") {
  std::vector<Newcomer> newcomers{{6, parent, {}, {}}, {7, 6, {}, {}}, {8, parent, Group::extension, {}}};
  int decided = 0;
  const auto nobody = [](pid_t) { return std::optional<Group>{}; };
  assign_groups(newcomers, parent, nobody, [&](const Newcomer&) { ++decided; });
  CHECK(decided == 1);
  newcomers[0].is = Group::function;
  assign_groups(newcomers, parent, nobody, [&](const Newcomer&) { ++decided; });
  CHECK(decided == 3);
  CHECK(newcomers[1].group == Group::function);
}
