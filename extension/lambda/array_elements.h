// ArrayElements: splits a JSON array that arrives in pieces into its elements, without parsing them. Only one element
// of an array needs to be in memory, and a broken one loses only itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitals::lambda {

class ArrayElements {
 public:
  // An element longer than `longest` counts as broken. `begin` is the start of every valid element: when a missing
  // quote or bracket makes a broken element include those after it, the search for the next one uses `begin`.
  ArrayElements(std::size_t longest, std::string_view begin) : longest_(longest), begin_(begin) {}
  ArrayElements(const ArrayElements&) = delete;
  ArrayElements& operator=(const ArrayElements&) = delete;
  virtual ~ArrayElements() = default;

  // The next piece of the input. Calls element() for each element that is complete now.
  void feed(std::string_view piece);

  // The input has ended; the next feed() starts another one.
  void end();

 protected:
  // One element's whole text, valid only during the call. Returns false if it is broken.
  virtual bool element(std::string_view text) = 0;
  // Called for input that was dropped: too long, unfinished, or not part of an array.
  virtual void left_out() = 0;

 private:
  enum class State { before, between, inside, after };

  // How often in one array a broken element is searched for others. Each search costs up to `longest`, and the sender
  // may be malicious.
  static constexpr int max_searches = 16;

  std::size_t take_plain(std::string_view piece);
  void take(char character);
  void take_inside(char character);
  void finish_element();
  bool search();

  std::size_t longest_;
  std::string_view begin_;
  State state_ = State::before;
  std::string text_;  // the element so far
  bool in_string_ = false;
  bool escaped_ = false;
  std::size_t depth_ = 0;
  std::uint64_t objects_ = 0;  // for each of the outermost 64 open brackets, whether it is a {
  bool too_long_ = false;
  int searches_ = 0;
};

}  // namespace vitals::lambda
