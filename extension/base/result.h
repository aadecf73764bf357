// How a failure travels: as a return value that holds either what was asked for or an Error. Exceptions do not cross a
// folder of this project.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace vitals {

// Stable names of what can go wrong, so that callers and tests need not compare texts.
enum class ErrorCode {
  io,           // a system call failed; the text names the file and errno
  connection,   // the other side could not be reached, or broke off
  http_status,  // the API answered that it failed (5xx)
  refused,      // the API answered that it will not (any other status but success)
  malformed,    // bytes that are not what their format says
  missing,      // a member, header or file that has to be there is not
  out_of_range  // a number or a length beyond what can be meant
};

// What went wrong: a stable code and a text for people, which quotes the bytes at fault (shortened).
struct Error {
  ErrorCode code;
  std::string text;
};

// Found by boost::system::result when value() is called on an error, which is a bug of the caller.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error(error.text);
}

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace vitals
