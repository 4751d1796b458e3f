//! HTTP: routes, DTOs, problems, authentication, OpenAPI.
