//! Durable ordered facts: append with expected version, read, follow, verify, export, import, seal.
