// SPDX-License-Identifier: Apache-2.0
// Each world is one function.
#include "tests/property/generator/adversarial.h"

#include <algorithm>
#include <functional>

namespace thuja::generator {
namespace {

std::string Number(size_t number) { return std::to_string(number); }

std::string Uid(const std::string& type, const std::string& id) {
  return R"({"type":")" + type + R"(","id":")" + id + R"("})";
}

std::string MakeEntity(const std::string& uid, const std::string& parents) {
  return R"({"uid":)" + uid + R"(,"attrs":{},"parents":[)" + parents + "]}";
}

// `text(i)` for each number below `count`, joined by `between`.
std::string Repeat(size_t count, const std::string& between,
                   const std::function<std::string(size_t)>& text) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += (i == 0 ? "" : between) + text(i);
  return out;
}

std::string MakeRequest(const std::string& context, const std::string& principal = "0",
                        const std::string& entities = "") {
  return R"({"principal":)" + Uid("Node", principal) + R"(,"action":)" + Uid("Action", "act") +
         R"(,"resource":)" + Uid("Doc", "d") + R"(,"context":{)" + context + "}" +
         (entities.empty() ? "" : R"(,"entities":[)" + entities + "]") + "}";
}

std::string Permits(size_t count, const std::function<std::string(size_t)>& condition) {
  return Repeat(count, "\n", [&](size_t i) {
    return "permit (principal, action, resource) when { " + condition(i) + " };";
  });
}

// No two policies begin with the same test or ask the same subject.
AdversarialWorld MakeNothingShared(size_t size) {
  const auto field = [](size_t i) { return "\"f" + Number(i) + "\":" + Number(i); };
  return {"nothing-shared",
          Permits(size,
                  [](size_t i) {
                    const std::string name = "context.f" + Number(i);
                    return name + " + 1 == " + name + " * 2 && " + name + " != 3";
                  }),
          "[]",
          {MakeRequest(Repeat(size, ",", field)), MakeRequest(Repeat(size / 2, ",", field))}};
}

AdversarialWorld MakeCatchAll(size_t size) {
  return {"catch-all",
          Repeat(size, "\n", [](size_t) { return "permit (principal, action, resource);"; }),
          "[]",
          {MakeRequest("")}};
}

// All policies hold, each by its own interval.
AdversarialWorld MakeOverlappingRanges(size_t size) {
  return {"overlapping-ranges",
          Permits(size,
                  [&](size_t i) {
                    return "context.n > " + Number(i) + " && context.n < " + Number(4 * size - i);
                  }),
          "[]",
          {MakeRequest("\"n\":" + Number(2 * size)), MakeRequest("\"n\":0"),
           MakeRequest("\"n\":\"text\"")}};
}

AdversarialWorld MakeSharedAffixes(size_t size) {
  const std::string prefix(40, 'a');
  const std::string suffix(40, 'z');
  const std::string text = prefix + "7-" + Number(size / 2) + "-7" + suffix;
  return {"like-patterns",
          Permits(size,
                  [&](size_t i) {
                    const std::string number = Number(i);
                    switch (i % 4) {
                      case 0: return "context.s like \"" + prefix + "*-" + number + "-*\"";
                      case 1: return "context.s like \"*-" + number + "-*" + suffix + "\"";
                      case 2: return "context.s like \"*a" + number + "*z*\"";
                      default:
                        return "context.s like \"" + prefix.substr(0, i % 40) + "*" + number + "*" +
                               suffix.substr(0, i % 37) + "\"";
                    }
                  }),
          "[]",
          {MakeRequest("\"s\":\"" + text + "\""), MakeRequest("\"s\":\"" + prefix + suffix + "\""),
           MakeRequest("\"s\":\"" + std::string(2000, 'a') + "\"")}};
}

// Every policy is found by an element that the request has, and fails by another.
AdversarialWorld MakeContainsAll(size_t size) {
  return {
      "contains-all",
      Permits(size,
              [](size_t i) { return "context.tags.containsAll([\"a\", \"x" + Number(i) + "\"])"; }),
      "[]",
      {MakeRequest(R"("tags":["a","b","c"])"),
       MakeRequest("\"tags\":[\"a\"," +
                   Repeat(200, ",", [](size_t i) { return "\"x" + Number(i) + "\""; }) + "]")}};
}

// Ranges of every width, one in the other.
AdversarialWorld MakeNestedAddresses(size_t size) {
  return {"nested-addresses",
          Permits(size,
                  [](size_t i) {
                    return "ip(\"10." + Number(i / 256 % 256) + "." + Number(i % 256) + ".0/" +
                           Number(8 + i % 25) +
                           "\") == ip(\"::1\") || context.ip.isInRange(ip(\"10." +
                           Number(i / 256 % 256) + "." + Number(i % 256) + ".0/" +
                           Number(8 + i % 25) + "\"))";
                  }),
          "[]",
          {MakeRequest(R"("ip":{"__extn":{"fn":"ip","arg":"10.0.7.1"}})")}};
}

// The principal is in everything, and every policy names one thing that it is in.
AdversarialWorld MakeManyParents(size_t size) {
  return {"many-parents",
          Repeat(size, "\n",
                 [](size_t i) {
                   return "permit (principal in Group::\"" + Number(2 * i) +
                          "\", action, resource) when { context.n == 1 };";
                 }),
          "[" +
              MakeEntity(Uid("Node", "0"),
                         Repeat(size, ",", [](size_t i) { return Uid("Group", Number(3 * i)); })) +
              "]",
          {MakeRequest("\"n\":1"), MakeRequest("\"n\":2")}};
}

// One policy for each link of a stored chain, of which the principal is the end.
AdversarialWorld MakeStoredChain(size_t size) {
  const size_t length = std::min<size_t>(size, 1000);
  return {"stored-chain",
          Repeat(size, "\n",
                 [](size_t i) {
                   return "permit (principal in Node::\"" + Number(i) +
                          "\", action, resource) when { context.n == 1 };";
                 }),
          "[" + MakeChain(length) + "]",
          {MakeRequest("\"n\":1"), MakeRequest("\"n\":1", Number(length / 2))}};
}

// The chain comes with the request.
AdversarialWorld MakeRequestedChain(size_t size) {
  const size_t length = std::min<size_t>(size, 1000);
  return {"requested-chain",
          Repeat(std::min<size_t>(size, 1000), "\n",
                 [](size_t i) {
                   return "permit (principal in Node::\"" + Number(i) +
                          "\", action, resource) when { context.n == 1 };";
                 }),
          "[]",
          {MakeRequest("\"n\":1", "0", MakeChain(length))}};
}

// Deep conditions that are the same but for what stands at their end.
AdversarialWorld MakeLateDifference(size_t size) {
  const std::string same = Repeat(
      40, " && ", [](size_t i) { return "context.n + " + Number(i) + " < " + Number(100 + i); });
  return {
      "late-difference",
      Permits(size, [&](size_t i) { return same + " && context.m == " + Number(i); }),
      "[]",
      {MakeRequest("\"n\":1,\"m\":5"), MakeRequest("\"n\":99,\"m\":5"), MakeRequest("\"n\":1")}};
}

// Each policy is a disjunction, which is no test that a switch finds.
AdversarialWorld MakeDisjunctions(size_t size) {
  return {"disjunctions",
          Permits(size,
                  [](size_t i) {
                    return "context.n == " + Number(i) + " || context.m == " + Number(i);
                  }),
          "[]",
          {MakeRequest("\"n\":5,\"m\":7"), MakeRequest("\"n\":\"\",\"m\":true")}};
}

}  // namespace

std::string MakeChain(size_t length) {
  return Repeat(length, ",", [&](size_t i) {
    return MakeEntity(Uid("Node", Number(i)), i + 1 < length ? Uid("Node", Number(i + 1)) : "");
  });
}

std::vector<AdversarialWorld> MakeAdversarialWorlds(size_t size) {
  return {MakeNothingShared(size),  MakeCatchAll(size),    MakeOverlappingRanges(size),
          MakeSharedAffixes(size),  MakeContainsAll(size), MakeNestedAddresses(size),
          MakeManyParents(size),    MakeStoredChain(size), MakeRequestedChain(size),
          MakeLateDifference(size), MakeDisjunctions(size)};
}

}  // namespace thuja::generator
