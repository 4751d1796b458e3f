// The frames and the resources in them, by their names in the published contracts.
import type { components as Live } from "./generated/live.js";
import type { components as Rest } from "./generated/rest.js";

type L = Live["schemas"];
type R = Rest["schemas"];

/** Any frame of the server. Tolerate others: a newer server may have more. */
export type Frame = L["Ready"] | L["Snapshot"] | L["Batch"] | L["Signals"] | L["Reset"] | L["Reply"] | L["Notice"] | L["Bye"];
export type Ready = L["Ready"];
export type Snapshot = L["Snapshot"];
export type Batch = L["Batch"];
export type Item = L["EventItem"] | L["EnterItem"] | L["LeaveItem"];
export type EventItem = L["EventItem"];
export type LiveEvent = L["LiveEvent"];
export type Signals = L["ConversationSignals"] | L["PresenceSignals"];
export type Reset = L["Reset"];
export type Reply = L["Reply"];
export type Notice = L["Notice"];
export type Bye = L["Bye"];

/** Any frame of the client. */
export type Asked = L["Hello"] | L["Subscribe"] | L["Signal"] | L["Auth"] | L["Ping"];
export type Hello = L["Hello"];
export type Filter = L["Filter"];
export type Section = L["Section"];
export type SignalKind = L["SignalKind"];
export type SignalState = L["SignalState"];

export type LiveUser = L["LiveUser"];
export type Colleague = L["Colleague"];
export type CountsNow = L["CountsNow"];
export type AgentPresence = L["AgentPresence"];
export type Activity = L["TimelineActivity"];

export type User = R["User"];
export type Conversation = R["Conversation"];
export type ConversationPage = R["ConversationPage"];
export type Message = R["Message"];
export type Note = R["Note"];
export type Notification = R["Notification"];
export type NotificationPage = R["NotificationPage"];
export type TimelinePage = R["TimelinePage"];
