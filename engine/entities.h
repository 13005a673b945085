// SPDX-License-Identifier: Apache-2.0
// Entities, requests and values out of JSON (docs.cedarpolicy.com, "Entities and context syntax").
//
// Thread safety: the functions are pure; what they return is immutable or owned by the caller.
#pragma once

#include "engine/base/names.h"
#include "engine/data/entities.h"
#include "engine/data/requests.h"
#include "engine/func/decimal.h"
#include "engine/value/entity_store.h"
#include "engine/value/extension_text.h"
#include "engine/value/request.h"

namespace thuja {

using base::IsTypeName;
using data::Escapes;
using data::OtherKeys;
using data::ParseEntityUid;
using data::Place;
using data::ReadContext;
using data::ReadEntities;
using data::ReadEntity;
using data::ReadRequest;
using data::ReadUid;
using data::ValueReader;
using func::ParseDecimal;
using value::Entity;
using value::EntityNumber;
using value::EntityStore;
using value::EntityStoreBuilder;
using value::EntityUid;
using value::EntityUidView;
using value::Field;
using value::Print;
using value::PrintDecimal;
using value::PrintIpaddr;
using value::Request;
using value::Value;

}  // namespace thuja
