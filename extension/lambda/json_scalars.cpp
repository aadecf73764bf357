#include "lambda/json_scalars.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text.h"

namespace vitals::lambda {

namespace {

// Handler of nlohmann's SAX parser. Keeps the path as one string and, for each open object or array, the length of its
// own path.
class PathTracker final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit PathTracker(ScalarVisitor& visitor) : visitor_(visitor) {}

  bool null() override { return leave_value(); }
  bool boolean(bool value) override { return give(Scalar{value}); }
  bool number_integer(number_integer_t value) override { return give(Scalar{std::int64_t{value}}); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      return give(Scalar{static_cast<double>(value)});
    }
    return give(Scalar{static_cast<std::int64_t>(value)});
  }
  bool number_float(number_float_t value, const string_t&) override { return give(Scalar{value}); }
  bool string(string_t& value) override { return give(Scalar{std::string_view{value}}); }
  bool binary(binary_t&) override { return leave_value(); }

  bool start_object(std::size_t) override { return enter(false); }
  bool key(string_t& name) override {
    if (beyond_ > 0) return true;
    path_.cut(innermost().path_end);
    append_name(name);
    return true;
  }
  bool end_object() override {
    if (beyond_ > 0) return end_beyond();
    const bool hidden = innermost().hidden;
    leave_container();
    if (!hidden) visitor_.object_end(path_);
    return leave_value();
  }
  bool start_array(std::size_t) override { return enter(true); }
  bool end_array() override {
    if (beyond_ > 0) return end_beyond();
    leave_container();
    return leave_value();
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    error_position_ = position;
    return false;
  }

  [[nodiscard]] std::size_t error_position() const { return error_position_; }

 private:
  struct Level {
    std::size_t path_end = 0;  // the container's own path
    bool hidden = false;       // its path is longer than any path of the APIs
  };

  void append_name(std::string_view name) {
    member_hidden_ = path_.size() + name.size() + 1 > max_json_path;
    if (member_hidden_) return;
    if (!path_.empty()) path_.append(".");
    path_.append(name);
  }

  bool give(const Scalar& value) {
    if (beyond_ == 0 && hidden_ == 0 && !member_hidden_) visitor_.scalar(path_, value);
    return leave_value();
  }

  bool end_beyond() {
    --beyond_;
    return leave_value();
  }

  bool enter(bool array) {
    if (depth_ == max_json_depth) {
      ++beyond_;
      return true;
    }
    const bool hide = hidden_ > 0 || member_hidden_ || path_.size() + 2 > max_json_path;
    if (!hide && array) path_.append("[]");
    if (hide) ++hidden_;
    member_hidden_ = false;
    levels_[depth_++] = {path_.size(), hide};
    return true;
  }

  // Returns to the path of the container that has ended (without the "[]" of an array, which leave_value removes).
  void leave_container() {
    path_.cut(innermost().path_end);
    if (innermost().hidden) --hidden_;
    --depth_;
  }

  // After any value: returns to the path of the container around it.
  bool leave_value() {
    member_hidden_ = false;
    path_.cut(depth_ == 0 ? 0 : innermost().path_end);
    return true;
  }

  [[nodiscard]] const Level& innermost() const { return levels_[depth_ - 1]; }

  ScalarVisitor& visitor_;
  Text<max_json_path> path_;
  std::array<Level, max_json_depth> levels_;
  std::size_t depth_ = 0;
  std::size_t beyond_ = 0;      // open containers deeper than max_json_depth
  std::size_t hidden_ = 0;      // open containers whose members are skipped
  bool member_hidden_ = false;  // the member whose value comes next is skipped
  std::size_t error_position_ = 0;
};

}  // namespace

Result<void> walk_json(std::string_view text, ScalarVisitor& visitor) {
  PathTracker tracker{visitor};
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &tracker)) return {};
  return Error{ErrorCode::malformed, "not JSON at byte " + std::to_string(tracker.error_position()) + ": \"" +
                                         std::string{text.substr(0, 64)} + '"'};
}

}  // namespace vitals::lambda
