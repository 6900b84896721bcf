/// The ordered list of rooms: their schemas, routes and consumers, and a store opened with all of them.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "app/config.h"
#include "events/events.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::app {

std::vector<store::Migration> schemas();
std::vector<std::span<const Route>> routes();
std::span<const events::Consumer> consumers();

/// Opens the store of this configuration, brings its schema forward and installs the catalogue.
Result<std::unique_ptr<Db>> open_store(const Config& config, Clock* clock = nullptr);
/// On an open store: schema, catalogue, followers.
Result<> furnish(Db& db);

}  // namespace koi::app
