# SPDX-License-Identifier: Apache-2.0
# Read by find_package(Thuja): finds what the static libraries need, then defines Thuja::engine.
# RE2 has no config to find and is linked by name.
include(CMakeFindDependencyMacro)
find_dependency(absl)
find_dependency(simdjson)
include(${CMAKE_CURRENT_LIST_DIR}/ThujaTargets.cmake)
