// What the APIs send for one invocation.
#pragma once

#include <string_view>

namespace bench {

inline constexpr std::string_view invoke_body =
    R"({"eventType":"INVOKE","deadlineMs":1730450999789,"requestId":"8f6a1c0e-52b7-4d19-9e3a-000000000001",)"
    R"("invokedFunctionArn":"arn:aws:lambda:eu-central-1:123456789012:function:checkout","tracing":)"
    R"({"type":"X-Amzn-Trace-Id","value":"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"}})";

inline constexpr std::string_view telemetry_body =
    R"([{"time":"2024-11-01T08:34:56.789Z","type":"platform.start","record":)"
    R"({"requestId":"8f6a1c0e-52b7-4d19-9e3a-000000000001","version":"$LATEST"}},)"
    R"({"time":"2024-11-01T08:34:56.791Z","type":"platform.runtimeDone","record":)"
    R"({"requestId":"8f6a1c0e-52b7-4d19-9e3a-000000000001","status":"success","spans":[)"
    R"({"name":"responseLatency","start":"2024-11-01T08:34:56.789Z","durationMs":1.23},)"
    R"({"name":"responseDuration","start":"2024-11-01T08:34:56.790Z","durationMs":0.12},)"
    R"({"name":"runtimeOverhead","start":"2024-11-01T08:34:56.791Z","durationMs":0.57}],)"
    R"("metrics":{"durationMs":1.92,"producedBytes":2}}},)"
    R"({"time":"2024-11-01T08:34:56.792Z","type":"platform.report","record":)"
    R"({"requestId":"8f6a1c0e-52b7-4d19-9e3a-000000000001","status":"success","metrics":{"durationMs":2.41,)"
    R"("billedDurationMs":3,"memorySizeMB":1769,"maxMemoryUsedMB":64},"spans":[)"
    R"({"name":"extensionOverhead","start":"2024-11-01T08:34:56.791Z","durationMs":0.4}]}}])";

}  // namespace bench
