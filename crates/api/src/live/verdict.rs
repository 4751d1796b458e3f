//! Why a connection is closed. The range of the code is the verdict: 40xx come back and resume, 41xx renew the token or
//! sign in and resume, 42xx stop.

use crate::dto::live::told::{Bye, ByeType};

macro_rules! verdicts {
    ($( $name:ident = $code:literal, $reason:literal; )*) => {
        /// See the module.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Verdict { $( $name, )* }

        impl Verdict {
            /// The WebSocket's close code.
            pub(crate) const fn code(self) -> u16 { match self { $( Self::$name => $code, )* } }
            /// The word for it.
            pub(crate) const fn reason(self) -> &'static str { match self { $( Self::$name => $reason, )* } }
        }
    };
}

verdicts! {
    ServerError = 4000, "server_error";
    Shutdown = 4001, "shutdown";
    SlowConsumer = 4002, "slow_consumer";
    SessionMaxAge = 4003, "session_max_age";
    HeartbeatTimeout = 4004, "heartbeat_timeout";
    RateLimited = 4005, "rate_limited";
    TokenExpired = 4100, "token_expired";
    SessionRevoked = 4101, "session_revoked";
    BadFrame = 4200, "bad_frame";
    UnsupportedVersion = 4201, "unsupported_version";
    HelloTimeout = 4202, "hello_timeout";
    Forbidden = 4203, "forbidden";
    TooManyConnections = 4204, "too_many_connections";
    FrameTooLarge = 4205, "frame_too_large";
}

impl Verdict {
    /// Whether nothing may be told any more that was about to be.
    pub(crate) const fn ends_rights(self) -> bool {
        matches!(self, Self::TokenExpired | Self::SessionRevoked | Self::Forbidden)
    }

    /// The frame that goes before the close.
    pub(crate) fn bye(self, after_ms: u32) -> Bye {
        let stop = self.code() >= 4200;
        Bye {
            r#type: ByeType::It,
            code: self.code(),
            reason: self.reason().to_owned(),
            reconnect: !stop,
            resume: !stop,
            after_ms,
        }
    }
}
