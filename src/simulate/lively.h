/// Customers who do things by themselves: what `--lively` adds.
#pragma once

namespace koi::simulate {

class World;

/// Starts the hourly turn; it does nothing while World::lively is off. Under World's mutex.
void start_life(World& world);
/// What staff did on the 30 days before the start: the same for the same seed and day, so that it can be read twice.
void remember_days(World& world);

}  // namespace koi::simulate
