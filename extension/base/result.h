// How a failure is reported: as a return value that holds either the result or an Error. Exceptions do not cross a
// folder of this project.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace vitals {

// Stable names of failures, so that callers and tests need not compare strings.
enum class ErrorCode {
  io,           // a system call failed; the text names the file and errno
  connection,   // the other side could not be reached, or closed the connection
  http_status,  // the API answered that it failed (5xx)
  refused,      // the API refused the request (any other status but success)
  malformed,    // bytes that do not follow their format
  missing,      // a required member, header or file is absent
  out_of_range  // a number or a length beyond what is plausible
};

// What went wrong: a stable code and a description, which quotes the input that caused it (shortened).
struct Error {
  ErrorCode code;
  std::string text;
};

// boost::system::result calls it when value() is called on an error, which is a bug of the caller.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error(error.text);
}

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace vitals
