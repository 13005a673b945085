// SPDX-License-Identifier: Apache-2.0
// How long does Cedar's own engine take, as WebAssembly in Node?
//
//   node bench/cedar_wasm.mjs MODULES FOLDER...
//
// MODULES is the folder that `npm ci` filled; each FOLDER is a workload. Policies are parsed before
// the clock starts. Entities have to be given with every call, so their conversion is inside the
// clock; only those that the request can reach are given. One line of JSON for each workload:
// p50 over the requests of the best of their passes, in nanoseconds.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';

const [modules, ...folders] = process.argv.slice(2);
const require = createRequire(resolve(modules, 'package.json'));
const cedar = require('@cedar-policy/cedar-wasm/nodejs');

const PASSES = 5;
const MOST_REQUESTS = 500;

const keyOf = (uid) => JSON.stringify([uid.type, uid.id]);

// All entities that `value` mentions.
function* mentioned(value) {
  if (Array.isArray(value)) {
    for (const element of value) yield* mentioned(element);
  } else if (value !== null && typeof value === 'object') {
    if (value.__entity) yield value.__entity;
    else for (const member of Object.values(value)) yield* mentioned(member);
  }
}

function reachable(request, entities) {
  const waiting = [request.principal, request.action, request.resource,
    ...mentioned(request.context ?? {})];
  const found = new Map();
  while (waiting.length > 0) {
    const key = keyOf(waiting.pop());
    const entity = entities.get(key);
    if (!entity || found.has(key)) continue;
    found.set(key, entity);
    waiting.push(...entity.parents, ...mentioned(entity.attrs), ...mentioned(entity.tags ?? {}));
  }
  return [...found.values()];
}

function run(folder) {
  const read = (name) => readFileSync(join(folder, name), 'utf8');
  const linked = join(folder, 'policies-linked.cedar');
  const policies = existsSync(linked) ? read('policies-linked.cedar') : read('policies.cedar');
  const loadBegin = process.hrtime.bigint();
  const parsed = cedar.preparsePolicySet(folder, { staticPolicies: policies });
  const loadMs = Number(process.hrtime.bigint() - loadBegin) / 1e6;
  if (parsed.type !== 'success') throw new Error(`${folder}: ${JSON.stringify(parsed.errors)}`);
  const entities = new Map(JSON.parse(read('entities.json')).map((e) => [keyOf(e.uid), e]));
  const requests = JSON.parse(read('requests.json')).slice(0, MOST_REQUESTS);
  const calls = requests.map((request) => ({
    principal: request.principal,
    action: request.action,
    resource: request.resource,
    context: request.context ?? {},
    preparsedPolicySetId: folder,
    entities: reachable(request, entities),
    validateRequest: false,
  }));
  const expected = existsSync(join(folder, 'expected.json')) ? JSON.parse(read('expected.json')) : null;
  const best = new Array(calls.length).fill(Infinity);
  for (let pass = 0; pass < PASSES; pass += 1) {
    calls.forEach((call, i) => {
      const begin = process.hrtime.bigint();
      const answer = cedar.statefulIsAuthorized(call);
      best[i] = Math.min(best[i], Number(process.hrtime.bigint() - begin));
      if (answer.type !== 'success') throw new Error(JSON.stringify(answer));
      if (expected && answer.response.decision.toLowerCase() !== expected[i].decision.toLowerCase()) {
        throw new Error(`${folder}: request ${i}: wrong answer`);
      }
    });
  }
  best.sort((a, b) => a - b);
  const at = (quantile) => best[Math.max(0, Math.ceil(quantile * best.length) - 1)];
  console.log(JSON.stringify({
    workload: basename(folder), p50_ns: at(0.5), p99_ns: at(0.99), load_ms: loadMs,
  }));
}

folders.forEach(run);
