//! Pages: concrete types by macro, because a generic one would copy its item's schema into each page.

use serde::Serialize;
use utoipa::ToSchema;

/// How a page continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PageInfo {
    /// Asks for the next page; null on the last.
    #[schema(required, max_length = 512)]
    pub next_cursor: Option<String>,
    /// The most rows this page could have had.
    #[schema(minimum = 1, maximum = 200)]
    pub limit: u16,
}

/// Declares a page of a row type.
macro_rules! page {
    ($(#[$doc:meta])* $name:ident of $row:ty) => {
        $(#[$doc])*
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $name {
            #[schema(max_items = 200)]
            pub data: Vec<$row>,
            pub page: $crate::dto::page::PageInfo,
            /// The position of the log this page reflects.
            pub as_of: $crate::dto::scalar::Position,
        }
    };
}
pub(crate) use page;
