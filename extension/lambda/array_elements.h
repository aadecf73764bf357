// ArrayElements: cuts the elements out of a JSON array that comes in pieces, without understanding them, so that of any
// array only one element has to be in memory, and a broken one costs itself alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitals::lambda {

class ArrayElements {
 public:
  // An element longer than `longest` is left out, as one that is broken. `begin` is how every good element begins:
  // where a broken one has swallowed those behind it (a quote or a bracket is missing), the next one is looked for by
  // it.
  ArrayElements(std::size_t longest, std::string_view begin) : longest_(longest), begin_(begin) {}
  ArrayElements(const ArrayElements&) = delete;
  ArrayElements& operator=(const ArrayElements&) = delete;
  virtual ~ArrayElements() = default;

  // The next piece of the text. Calls element() for each that is whole now.
  void feed(std::string_view piece);

  // The text has ended; what is fed after it is another one.
  void end();

 protected:
  // One element's whole text, good during the call alone. False when it is broken.
  virtual bool element(std::string_view text) = 0;
  // What was left out: too long, unfinished, or not part of an array.
  virtual void left_out() = 0;

 private:
  enum class State { before, between, inside, after };

  // So often in one array a broken element is searched for others that it swallowed: each search costs up to
  // `longest`, and whoever sends the text may be no friend.
  static constexpr int max_searches = 16;

  std::size_t take_plain(std::string_view piece);
  void take(char character);
  void take_inside(char character);
  void finish_element();
  bool search();

  std::size_t longest_;
  std::string_view begin_;
  State state_ = State::before;
  std::string text_;  // of the element so far
  bool in_string_ = false;
  bool escaped_ = false;
  std::size_t depth_ = 0;
  std::uint64_t objects_ = 0;  // for each of the outermost 64 open brackets, whether it is a {
  bool too_long_ = false;
  int searches_ = 0;
};

}  // namespace vitals::lambda
