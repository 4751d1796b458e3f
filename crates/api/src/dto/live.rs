//! Frames of the live stream, as they stand on the wire: what clients say ([`asked`]) and what they are told ([`told`]).
//! The same types give `api-spec/asyncapi.yaml`, so that what is sent and what is promised cannot differ.

/// Types of one word, always the same: a frame's `type`, an item's `kind`.
macro_rules! words {
    ($($name:ident = $word:literal)*) => {$(
        #[doc = concat!("The word `", $word, "`.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub enum $name {
            #[default]
            It,
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($word)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                if word == $word { Ok(Self::It) } else { Err(serde::de::Error::custom("another word")) }
            }
        }
        // `#[derive(ToSchema)]` does not see a name that a macro was given.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let text = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::String);
                text.enum_values(Some([$word])).build().into()
            }
        }
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
        }
    )*};
}
use words;

pub mod asked;
pub mod doors;
pub mod told;
