//! The desk: the loop, policies, outbox, workers, queries with access applied.
