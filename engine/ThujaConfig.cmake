# SPDX-License-Identifier: Apache-2.0
# Read by find_package(Thuja): finds what the static libraries need, then defines Thuja::engine.
include(CMakeFindDependencyMacro)
find_dependency(absl)
find_dependency(simdjson)
include(${CMAKE_CURRENT_LIST_DIR}/ThujaTargets.cmake)
