// SPDX-License-Identifier: Apache-2.0
// Interning.
//
// Tested by tests/unit/tree/lowering_test.cc.
#include "engine/tree/expression.h"

#include <algorithm>
#include <utility>

#include "engine/base/hash.h"

namespace thuja::tree {

size_t HashLongText(std::string_view text) {
  constexpr size_t kEnd = kWholeText / 2;
  return base::HashBytes(text.substr(0, kEnd), base::HashBytes(text.substr(text.size() - kEnd),
                                                               base::HashSeed() + text.size()));
}

namespace {

constexpr size_t kHashedElements = 4;
constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;

// The hash of a long value looks at its size and ends only: equality with a constant of another
// size costs nothing, and to find that out must not cost more.
size_t HashPart(const value::Value& value, int depth) {
  using value::Type;
  const auto with = [&](size_t content) {
    return base::MixWords(content ^ base::HashSeed(), static_cast<uint64_t>(value.type()) + kOdd);
  };
  switch (value.type()) {
    case Type::kBool:
    case Type::kLong:
    case Type::kDecimal:
    case Type::kDatetime:
    case Type::kDuration: return with(static_cast<size_t>(value.AsInteger()));
    case Type::kString: return HashText(value.AsString());
    case Type::kEntity: return value::HashUid(value.AsEntity());
    case Type::kIpaddr: {
      const value::IpAddress& ip = value.AsIpaddr();
      const std::string_view bytes(reinterpret_cast<const char*>(ip.bytes), sizeof(ip.bytes));
      return base::HashBytes(bytes, with(static_cast<size_t>(ip.prefix) * 2 + ip.is_v6));
    }
    case Type::kSet: {
      const auto elements = value.AsSet();
      size_t hash = with(elements.size());
      if (depth == 0) return hash;
      for (size_t i = 0; i < std::min(elements.size(), kHashedElements); ++i) {
        hash = hash * 31 + HashPart(elements[i], depth - 1);
      }
      return hash;
    }
    case Type::kRecord: {
      const auto fields = value.AsRecord();
      size_t hash = with(fields.size());
      if (depth == 0) return hash;
      for (size_t i = 0; i < std::min(fields.size(), kHashedElements); ++i) {
        hash = (hash * 31 + HashText(fields[i].key)) * 31 + HashPart(fields[i].value, depth - 1);
      }
      return hash;
    }
  }
  return 0;
}

}  // namespace

size_t HashValue(const value::Value& value) { return HashPart(value, 2); }

size_t VocabularyBuilder::ExpressionHash::operator()(uint32_t index) const {
  const Expression& e = vocabulary->expressions[index];
  const uint64_t head = (static_cast<uint64_t>(e.op) << 16 | e.function) ^ kOdd ^ base::HashSeed();
  if (!e.has_operands) return base::MixWords(head, (uint64_t{e.a} << 32 | e.b) + kOdd);
  uint64_t hash = head;
  for (const uint32_t operand : vocabulary->Operands(e)) {
    hash = base::MixWords(hash ^ operand, kOdd);
  }
  return hash;
}

bool VocabularyBuilder::ExpressionEqual::operator()(uint32_t left, uint32_t right) const {
  const Expression& a = vocabulary->expressions[left];
  const Expression& b = vocabulary->expressions[right];
  if (a.op != b.op || a.function != b.function || a.b != b.b) return false;
  if (!a.has_operands) return a.a == b.a;
  return std::ranges::equal(vocabulary->Operands(a), vocabulary->Operands(b));
}

VocabularyBuilder::VocabularyBuilder(Vocabulary& vocabulary, size_t policies)
    : vocabulary_(vocabulary),
      expressions_(2 * policies, ExpressionHash{&vocabulary}, ExpressionEqual{&vocabulary}) {}

uint32_t VocabularyBuilder::Intern(const Expression& expression) {
  const auto index = static_cast<uint32_t>(vocabulary_.expressions.size());
  vocabulary_.expressions.push_back(expression);
  const auto [found, fresh] = expressions_.insert(index);
  if (fresh) return index;
  vocabulary_.expressions.pop_back();
  return *found;
}

uint32_t VocabularyBuilder::AddConstant(const value::Value& value) {
  auto found = constants_.find(value);
  if (found == constants_.end()) {
    const value::Value owned = value.CopyInto(vocabulary_.arena);
    found = constants_.emplace(owned, static_cast<uint32_t>(vocabulary_.constants.size())).first;
    vocabulary_.constants.push_back(owned);
  }
  return Add(Op::kConstant, found->second);
}

uint32_t VocabularyBuilder::AddVariable(lang::Variable variable) {
  return Add(Op::kVariable, static_cast<uint32_t>(variable));
}

uint32_t VocabularyBuilder::Add(Op op, uint32_t a, uint32_t b) {
  return Intern({.op = op, .a = a, .b = b});
}

uint32_t VocabularyBuilder::AddList(Op op, std::span<const uint32_t> operands, uint16_t function) {
  const auto first = static_cast<uint32_t>(vocabulary_.operands.size());
  const auto before = static_cast<uint32_t>(vocabulary_.expressions.size());
  vocabulary_.operands.insert(vocabulary_.operands.end(), operands.begin(), operands.end());
  const uint32_t index = Intern({.op = op,
                                 .has_operands = true,
                                 .function = function,
                                 .a = first,
                                 .b = static_cast<uint32_t>(operands.size())});
  if (index != before) vocabulary_.operands.resize(first);
  return index;
}

uint32_t VocabularyBuilder::Name(std::string_view name) {
  const auto found = names_.find(name);
  if (found != names_.end()) return found->second;
  const std::string_view owned = vocabulary_.arena.CopyString(name);
  const auto index = static_cast<uint32_t>(vocabulary_.names.size());
  vocabulary_.names.push_back(owned);
  names_.emplace(owned, index);
  return index;
}

uint32_t VocabularyBuilder::Pattern(std::span<const std::string> pieces) {
  const auto index = static_cast<uint32_t>(vocabulary_.patterns.size());
  const auto [found, fresh] =
      patterns_.try_emplace(std::vector<std::string>(pieces.begin(), pieces.end()), index);
  if (!fresh) return found->second;
  vocabulary_.patterns.push_back(
      {static_cast<uint32_t>(vocabulary_.pieces.size()), static_cast<uint32_t>(pieces.size())});
  vocabulary_.pieces.insert(vocabulary_.pieces.end(), pieces.begin(), pieces.end());
  return index;
}

uint32_t VocabularyBuilder::Symbol(const value::EntityUidView& uid) {
  const auto found = vocabulary_.symbol_of.find(uid);
  if (found != vocabulary_.symbol_of.end()) return found->second;
  const value::EntityUidView owned = {vocabulary_.names[Name(uid.type)],
                                      vocabulary_.arena.CopyString(uid.id)};
  const auto index = static_cast<uint32_t>(vocabulary_.symbols.size());
  vocabulary_.symbols.push_back(owned);
  vocabulary_.symbol_of.emplace(owned, index);
  return index;
}

uint32_t VocabularyBuilder::SymbolList(std::span<const uint32_t> symbols) {
  const auto index = static_cast<uint32_t>(vocabulary_.symbol_lists.size());
  const auto [found, fresh] =
      lists_.try_emplace(std::vector<uint32_t>(symbols.begin(), symbols.end()), index);
  if (!fresh) return found->second;
  vocabulary_.symbol_lists.push_back({static_cast<uint32_t>(vocabulary_.symbol_members.size()),
                                      static_cast<uint32_t>(symbols.size())});
  vocabulary_.symbol_members.insert(vocabulary_.symbol_members.end(), symbols.begin(),
                                    symbols.end());
  return index;
}

void VocabularyBuilder::AddElements(uint32_t constant) {
  if (vocabulary_.elements_of.contains(constant)) return;
  const std::span<const value::Value> set = vocabulary_.constants[constant].AsSet();
  const Run run = {static_cast<uint32_t>(vocabulary_.elements.size()),
                   static_cast<uint32_t>(set.size())};
  for (const value::Value& element : set) {
    vocabulary_.elements.push_back(vocabulary_.expressions[AddConstant(element)].a);
  }
  vocabulary_.elements_of.emplace(constant, run);
}

}  // namespace thuja::tree
