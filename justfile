# The front door. Every recipe is one or two plain commands, because a fresh machine has no `just`.

# The whole product on this machine, with a simulated WhatsApp and live customers
demo:
    cargo run -- demo

# What everyone runs before pushing
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test --workspace

# After a change of routes or types
spec:
    cargo run -q -- openapi > api-spec/openapi.json
    cargo run -q -- asyncapi > api-spec/asyncapi.yaml

# After a change of what the live client sees (needs npm)
client-types:
    npm ci --prefix api-spec/clients/typescript
    npm run types --prefix api-spec/clients/typescript

# After a change of an event type: write its golden file
golden:
    UPDATE_GOLDEN=1 cargo test -p domain --test golden

# Figures of the log: append, replay, bytes per event
bench:
    cargo bench -p event-log

# Figures of the running server over real HTTP
load *ARGS:
    cargo run --release -- bench {{ARGS}}

# Licences, bans and sources of dependencies
deny:
    cargo deny --config .deny.toml check bans licenses sources

# What CI runs
ci:
    .ci/run
