// A minimal Lambda extension on the lambda-extension crate: registers, subscribes to telemetry, asks for the next event
// and writes one constant line for each invocation. It measures nothing; it shows what the usual way in Rust costs.
use std::io::Write;

use lambda_extension::{
    service_fn, Error, Extension, LambdaEvent, LambdaTelemetry, LambdaTelemetryRecord, NextEvent, SharedService,
};

const LINE: &[u8] =
    b"{\"_aws\":{\"Timestamp\":1730450096789,\"CloudWatchMetrics\":[]},\"event_type\":\"performance\"}\n";

// The crate does not tell whether telemetry will come, so the line is written at the INVOKE.
async fn on_event(event: LambdaEvent) -> Result<(), Error> {
    match event.next {
        NextEvent::Invoke(_) => std::io::stdout().write_all(LINE)?,
        NextEvent::Shutdown(_) => std::process::exit(0),
    }
    Ok(())
}

async fn on_telemetry(events: Vec<LambdaTelemetry>) -> Result<(), Error> {
    for event in events {
        if let LambdaTelemetryRecord::PlatformRuntimeDone { request_id, .. } = event.record {
            std::hint::black_box(request_id);
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    Extension::new()
        .with_events_processor(service_fn(on_event))
        .with_telemetry_types(&["platform"])
        .with_telemetry_processor(SharedService::new(service_fn(on_telemetry)))
        .run()
        .await
}
