// SPDX-License-Identifier: Apache-2.0
// Loading of policies, links and entities.
//
// Tested by tests/unit/cli/authorize_test.cc.
#include "cli/load.h"

#include <iostream>
#include <utility>

#include "cli/files.h"

namespace thuja::cli {
namespace {

std::optional<PolicySet> LoadPolicies(const SnapshotPaths& paths, Diagnostics& diagnostics) {
  const auto sources = ReadPolicySources(paths.policies);
  if (!sources) return std::nullopt;
  std::optional<PolicySet> policies = ParsePolicySet(*sources, paths.ids, diagnostics);
  if (!policies || paths.links.empty()) return policies;
  const std::shared_ptr<const SourceText> links = ReadSource(paths.links);
  if (links == nullptr || !LinkPolicies(links, *policies, diagnostics)) return std::nullopt;
  return policies;
}

std::optional<EntityStore> LoadEntities(const SnapshotPaths& paths, Diagnostics& diagnostics) {
  std::shared_ptr<const SourceText> source = paths.entities_text;
  if (source == nullptr && paths.entities.empty()) return EntityStore();
  if (source == nullptr) source = ReadSource(paths.entities);
  if (source == nullptr) return std::nullopt;
  return ReadEntities(std::move(source), diagnostics);
}

}  // namespace

bool ReportDiagnostics(const Diagnostics& diagnostics) {
  std::cerr << Render(diagnostics);
  return diagnostics.empty();
}

std::shared_ptr<const Snapshot> LoadSnapshot(const SnapshotPaths& paths) {
  SnapshotBuilder builder;
  return LoadSnapshot(paths, builder);
}

std::shared_ptr<const Snapshot> LoadSnapshot(const SnapshotPaths& paths, SnapshotBuilder& builder) {
  Diagnostics diagnostics;
  std::optional<PolicySet> policies = LoadPolicies(paths, diagnostics);
  std::optional<EntityStore> entities = LoadEntities(paths, diagnostics);
  if (!ReportDiagnostics(diagnostics) || !policies || !entities) return nullptr;
  builder.SetPolicies(std::move(*policies)).SetEntities(std::move(*entities));
  return builder.Build();
}

}  // namespace thuja::cli
