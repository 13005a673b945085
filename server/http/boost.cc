// SPDX-License-Identifier: Apache-2.0
// The bodies of Boost.Asio and Boost.Beast, compiled once here instead of in every file.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
