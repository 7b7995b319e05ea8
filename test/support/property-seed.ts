// Property tests run the same cases every time, so that a red run is about the change it stands beside. KLOG_TEST_SEED tries others.
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env["KLOG_TEST_SEED"] ?? 20_261_121) });
