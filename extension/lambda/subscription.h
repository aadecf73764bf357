// Subscription: whether the platform delivers telemetry.
#pragma once

namespace vitals::lambda {

// What the platform's answer to the subscription means.
enum class Subscription {
  active,       // 200: telemetry will be delivered
  unsupported,  // 202: an emulator without telemetry
  unknown       // refused, or no answer: a subscription from before a reset may still deliver
};

}  // namespace vitals::lambda
