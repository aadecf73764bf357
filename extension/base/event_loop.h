// The event loop's types: those of Boost.Asio with one concrete executor. Asio's default is a type-erased executor,
// which every step of every coroutine would have to query.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace vitals {

using Executor = boost::asio::io_context::executor_type;

// What a coroutine of the event loop returns.
template <class Value>
using Task = boost::asio::awaitable<Value, Executor>;

// The completion token for all waits of a coroutine: an error is a value, not an exception.
inline constexpr auto completion = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>{});

using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using TcpAcceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
using SteadyTimer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                      boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
using StreamDescriptor = boost::asio::posix::basic_stream_descriptor<Executor>;

}  // namespace vitals
