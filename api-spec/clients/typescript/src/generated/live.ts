// Generated from api-spec/asyncapi.yaml by scripts/types.mjs. Do not edit.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Who made it happen. */
        ActivityActor: {
            id: string | null;
            name: string | null;
            type: components["schemas"]["ActivityActorType"];
        };
        /** @enum {string} */
        ActivityActorType: "user" | "contact" | "provider" | "automation" | "system";
        /** @description Whether a colleague is connected. */
        AgentPresence: {
            /**
             * Format: int32
             * @description On how many devices.
             */
            devices: number;
            state: components["schemas"]["PresenceState"];
            user_id: components["schemas"]["UserId"];
        };
        /** @description What one colleague does in a conversation: the strongest of what they said. */
        AgentSignal: {
            since: components["schemas"]["Timestamp"];
            state: components["schemas"]["SignalState"];
            user_id: components["schemas"]["UserId"];
        };
        /** @description Something that came more often than usual. */
        ArrivalChange: {
            dimension: components["schemas"]["ArrivalDimension"];
            /**
             * Format: int32
             * @description In the last hour.
             */
            now: number;
            /**
             * Format: double
             * @description In this hour of the week.
             */
            usual: number;
            /** @description A channel's id; a routing rule's; of `origin` one of `new`, `returning`, `reopened`, `moved`. */
            value: string;
        };
        /**
         * @description By what arrivals are told apart.
         * @enum {string}
         */
        ArrivalDimension: "channel" | "routing_rule" | "origin";
        /** @description A newer access token of the same session. */
        Auth: {
            id?: string | null;
            token: string;
            /** @enum {string} */
            type: "auth";
        };
        /** @description Who wrote. */
        Author: {
            /** @description The contact, user, automation rule or campaign, where known. */
            id: string | null;
            /** @description What the team calls them. */
            name: string | null;
            type: components["schemas"]["AuthorType"];
        };
        /** @enum {string} */
        AuthorType: "contact" | "user" | "phone_app" | "bot" | "system" | "campaign";
        AutomationRuleId: string;
        /** @description Somebody's availability. */
        Availability: {
            cause: components["schemas"]["AvailabilityCause"] | null;
            /** @description What they say beside it. */
            note: string | null;
            /** @description When the state became what it is. */
            since: components["schemas"]["Timestamp"];
            state: components["schemas"]["AvailabilityState"];
            until: components["schemas"]["Timestamp"] | null;
        };
        /**
         * @description Why somebody is what they are: they said so, somebody else did, or it came with their live connections or the end they
         *     had given.
         * @enum {string}
         */
        AvailabilityCause: "chosen" | "set_by_other" | "connected" | "disconnected" | "returned" | "until_passed";
        /**
         * @description Whether somebody takes work.
         * @enum {string}
         */
        AvailabilityState: "available" | "busy" | "away" | "offline";
        /**
         * @description What happened after `prev` up to and including `pos`, as far as you see it. `prev` is where you stand. One without
         *     items says that nothing of it was yours, and that the connection lives.
         */
        Batch: {
            items: components["schemas"]["Item"][];
            pos: components["schemas"]["Position"];
            prev: components["schemas"]["Position"];
            /** @enum {string} */
            type: "batch";
        };
        BrandId: string;
        /** @description The last frame: why the connection is closed, and what to do. */
        Bye: {
            /**
             * Format: int32
             * @description Wait this long.
             */
            after_ms: number;
            /**
             * Format: int32
             * @description The close code that follows. 4000 to 4099: come back and resume; 4100 to 4199: renew the token or sign in, then
             *     resume; 4200 to 4299: stop.
             */
            code: number;
            reason: string;
            reconnect: boolean;
            resume: boolean;
            /** @enum {string} */
            type: "bye";
        };
        CampaignId: string;
        /** @description How far it is. */
        CampaignProgress: {
            /**
             * Format: int32
             * @description All who are meant.
             */
            audience: number;
            /** Format: int32 */
            dropped: number;
            /** Format: int32 */
            excluded: number;
            /** Format: int32 */
            failed: number;
            /**
             * Format: int32
             * @description Queued, or under way.
             */
            in_flight: number;
            /**
             * Format: int32
             * @description Not yet decided about.
             */
            selected: number;
            /**
             * Format: int32
             * @description The provider has it, whatever became of it.
             */
            sent: number;
            /** Format: int32 */
            uncertain: number;
        };
        /** @description Where a launched campaign stands. */
        CampaignStanding: {
            /** Format: int32 */
            delivered: number;
            id: components["schemas"]["CampaignId"];
            name: string;
            /** Format: int32 */
            opted_out: number;
            /** @description `request`, `template_not_sendable`, `channel_disabled`, `number_barred`. */
            pause_cause: string | null;
            progress: components["schemas"]["CampaignProgress"];
            /** Format: int32 */
            read: number;
            /** Format: int32 */
            replied: number;
            state: components["schemas"]["CampaignState"];
        };
        /**
         * @description Where it stands.
         * @enum {string}
         */
        CampaignState: "draft" | "scheduled" | "running" | "paused" | "finished" | "cancelled";
        ChannelId: string;
        /** @description A client's name and version. */
        ClientInfo: {
            name: string;
            version?: string | null;
        };
        /** @description A colleague, as far as live clients need them. */
        Colleague: {
            active: boolean;
            availability: components["schemas"]["AvailabilityState"];
            id: components["schemas"]["UserId"];
            name: string;
            role: components["schemas"]["Role"];
        };
        ContactId: string;
        /** @description The customer, as far as a row needs. */
        ContactSummary: {
            id: components["schemas"]["ContactId"];
            name: string | null;
        };
        /** @description One contact on one channel, over its episodes. */
        Conversation: {
            assignee: components["schemas"]["UserSummary"] | null;
            bot: components["schemas"]["ConversationBot"];
            brand_id: components["schemas"]["BrandId"];
            campaign_id: components["schemas"]["CampaignId"] | null;
            channel_id: components["schemas"]["ChannelId"];
            contact: components["schemas"]["ContactSummary"];
            /** @description A courtesy message came after it was resolved and left it resolved. */
            courtesy_after_resolve: boolean;
            created_at: components["schemas"]["Timestamp"];
            csat: components["schemas"]["ConversationCsat"] | null;
            /** @description What it came to when it was last resolved. */
            disposition: string | null;
            /**
             * Format: int32
             * @description Counts from 1, one more with each reopening; 0 while only a campaign has written.
             */
            episode: number;
            first_response_at: components["schemas"]["Timestamp"] | null;
            id: components["schemas"]["ConversationId"];
            last_activity_at: components["schemas"]["Timestamp"];
            last_message: components["schemas"]["MessageSummary"] | null;
            /**
             * Format: int32
             * @description Notes that name you and that you have not read.
             */
            mentions_unread: number;
            /** @description Short, for people. */
            number: components["schemas"]["Position"];
            origin: components["schemas"]["ConversationOrigin"];
            priority: components["schemas"]["Priority"];
            resolved_at: components["schemas"]["Timestamp"] | null;
            service_window: components["schemas"]["ServiceWindow"];
            sla: components["schemas"]["ConversationSla"] | null;
            snoozed_until: components["schemas"]["Timestamp"] | null;
            status: components["schemas"]["ConversationStatus"];
            tags: string[];
            team_id: components["schemas"]["TeamId"] | null;
            /**
             * Format: int32
             * @description Messages of the customer that you have not read.
             */
            unread_count: number;
            version: components["schemas"]["Position"];
            waiting_since: components["schemas"]["Timestamp"] | null;
        };
        /** @description The part of a bot in the running or last episode. */
        ConversationBot: {
            /**
             * @description A bot has it: people are not given it, and nothing is promised in their name. Whoever takes it or writes in it has it
             *     from then on.
             */
            active: boolean;
            handoff_at: components["schemas"]["Timestamp"] | null;
            question_expires_at: components["schemas"]["Timestamp"] | null;
            question_id: components["schemas"]["QuestionId"] | null;
        };
        /** @description How many rows each view has that is not resolved, and how many each status has. */
        ConversationCounts: {
            all: components["schemas"]["ViewCount"];
            as_of: components["schemas"]["Position"];
            at_risk: components["schemas"]["ViewCount"];
            bot: components["schemas"]["ViewCount"];
            breached: components["schemas"]["ViewCount"];
            by_status: components["schemas"]["StatusCounts"];
            /** @description Here `unread` counts those with a mention you have not read. */
            mentions: components["schemas"]["ViewCount"];
            mine: components["schemas"]["ViewCount"];
            unassigned: components["schemas"]["ViewCount"];
        };
        /** @description The last survey of a conversation. */
        ConversationCsat: {
            answered_at: components["schemas"]["Timestamp"] | null;
            /** Format: int32 */
            episode: number;
            reason: components["schemas"]["CsatSkipReason"] | null;
            score: components["schemas"]["Score"] | null;
            state: components["schemas"]["ConversationCsatState"];
            survey_id: components["schemas"]["CsatId"] | null;
        };
        /**
         * @description What became of asking about a conversation's last resolved episode.
         * @enum {string}
         */
        ConversationCsatState: "planned" | "sent" | "answered" | "expired" | "skipped";
        ConversationId: string;
        /**
         * @description How it came about.
         * @enum {string}
         */
        ConversationOrigin: "inbound" | "outbound" | "campaign" | "phone_app" | "history";
        /** @description Everybody who does something in a conversation; empty: nobody any more. */
        ConversationSignals: {
            agents: components["schemas"]["AgentSignal"][];
            /** @description The customer is writing; only channels that tell it ever say so, WhatsApp does not. */
            contact_typing: boolean;
            conversation_id: components["schemas"]["ConversationId"];
            /** @enum {string} */
            type: "signals";
        };
        /** @description What is promised in a conversation and not yet kept. */
        ConversationSla: {
            due_at: components["schemas"]["Timestamp"] | null;
            first_response: components["schemas"]["SlaClock"] | null;
            next_response: components["schemas"]["SlaClock"] | null;
            /** @description Of what is due first. */
            policy_id: components["schemas"]["SlaPolicyId"];
            resolution: components["schemas"]["SlaClock"] | null;
            /** @description The worst of the clocks. */
            state: components["schemas"]["SlaState"];
        };
        /** @enum {string} */
        ConversationStatus: "open" | "pending" | "snoozed" | "resolved";
        /** @description Everything that is counted for you. */
        CountsNow: {
            conversations: components["schemas"]["ConversationCounts"];
            notifications: components["schemas"]["NotificationCounts"];
        };
        CsatId: string;
        /**
         * @description Why nobody was asked.
         * @enum {string}
         */
        CsatSkipReason: "auto_resolved_unanswered" | "spam" | "blocked" | "window_closed" | "cooldown" | "opted_out" | "asked_not_to" | "group" | "unreachable";
        /** @enum {string} */
        Direction: "inbound" | "outbound";
        /** @description A conversation came into your sight. */
        EnterItem: {
            id: components["schemas"]["ConversationId"];
            /** @enum {string} */
            kind: "enter";
            /** @description Messages may have come that you were not told of: read the timeline again if it is open. */
            messages_stale: boolean;
            pos: components["schemas"]["Position"];
            reason: components["schemas"]["ScopeReason"];
            /** @enum {string} */
            resource: "conversation";
            snapshot: components["schemas"]["Conversation"];
        };
        /**
         * @description What is particular to a type of event. Absent fields do not apply; `message`, `note` and `activity` come for
         *     conversations that you have named under `open`.
         */
        EventData: {
            activity?: components["schemas"]["TimelineActivity"] | null;
            /** @description The sender's own name for the message. */
            client_ref?: string | null;
            contact_id?: components["schemas"]["ContactId"] | null;
            conversation_id?: components["schemas"]["ConversationId"] | null;
            direction?: components["schemas"]["Direction"] | null;
            message?: components["schemas"]["Message"] | null;
            message_id?: components["schemas"]["MessageId"] | null;
            /** @description `text`, `image` and the like. */
            message_type?: string | null;
            note?: components["schemas"]["Note"] | null;
            note_id?: components["schemas"]["NoteId"] | null;
            notification?: components["schemas"]["Notification"] | null;
            notification_id?: components["schemas"]["NotificationId"] | null;
            /** @description And every one before it. */
            older_too?: boolean | null;
            /** @description The beginning of the message or note. */
            preview?: string | null;
            user?: components["schemas"]["Colleague"] | null;
        };
        /** @description Something happened. */
        EventItem: {
            event: components["schemas"]["LiveEvent"];
            /** @enum {string} */
            kind: "event";
            pos: components["schemas"]["Position"];
        };
        /** @description Narrows what arrives; never widens it. Keys must all match, within a key any. */
        Filter: {
            channels?: components["schemas"]["ChannelId"][];
            teams?: components["schemas"]["TeamId"][];
            /** @description Event types, `message.received`, or all of a kind, `message.*`. */
            types?: components["schemas"]["TypePattern"][];
        };
        /** @description The first frame of every connection, within five seconds. */
        Hello: {
            client?: components["schemas"]["ClientInfo"] | null;
            filter?: components["schemas"]["Filter"] | null;
            /** @description Comes back in `ready`. */
            id?: string | null;
            /** @description Conversations whose messages and notes arrive whole. */
            open?: components["schemas"]["ConversationId"][] | null;
            resume?: components["schemas"]["Resume"] | null;
            /** @description What a snapshot holds; absent: `me`, `counts`, `agents`, `conversations:mine`, `notifications`. */
            snapshot?: components["schemas"]["Section"][] | null;
            /** @description One from `POST /v1/live/tickets`, instead of a token. */
            ticket?: string | null;
            /** @description An access token or an API key, where the upgrade came without `Authorization`. */
            token?: string | null;
            /** @enum {string} */
            type: "hello";
            /**
             * Format: int32
             * @description Version of the protocol: 1.
             */
            v: number;
        };
        /** @description In the order of positions; items of one position come from one event. */
        Item: components["schemas"]["EventItem"] | components["schemas"]["EnterItem"] | components["schemas"]["LeaveItem"];
        /** @description A conversation went out of your sight: forget it. */
        LeaveItem: {
            id: components["schemas"]["ConversationId"];
            /** @enum {string} */
            kind: "leave";
            pos: components["schemas"]["Position"];
            reason: components["schemas"]["ScopeReason"];
            /** @enum {string} */
            resource: "conversation";
        };
        /** @description What happened, with the state after it. */
        LiveEvent: {
            /** @description Who made it happen. */
            actor: components["schemas"]["ActivityActor"];
            conversation: components["schemas"]["Conversation"] | null;
            /** @description The `Request-Id` of the request that caused it: how a client knows its own doings. */
            correlationid: string | null;
            data: components["schemas"]["EventData"];
            /** @description The item would have been too large: read the event's own resource instead. */
            data_truncated?: boolean;
            /** @description Where to read what was left out. */
            href?: string | null;
            /** @description The log's id, a colon and the position: the same for everybody, for ever. */
            id: string;
            /** @description What it is about, `conversations/conv_…`. */
            subject: string;
            /** @description When it happened, which may be before it was recorded. */
            time: components["schemas"]["Timestamp"];
            /** @description `message.received` and the like; tolerate unknown ones. */
            type: string;
        };
        /** @description What one connection may do. */
        LiveLimits: {
            /** Format: int32 */
            frame_bytes: number;
            /** Format: int32 */
            frames_per_10s: number;
            /** Format: int32 */
            open_max: number;
            /** Format: int32 */
            replay_max_events: number;
        };
        /** @description Who you are on this connection. */
        LiveUser: {
            id: components["schemas"]["UserId"];
            /** @description What you may do, somewhere at least. */
            permissions: string[];
            role: components["schemas"]["Role"];
            /** @description Where your rights last changed. */
            scope_version: components["schemas"]["Position"];
            team_ids: components["schemas"]["TeamId"][];
        };
        MediaId: string;
        /** @enum {string} */
        MediaState: "pending" | "stored" | "failed" | "erased";
        /** @description Somebody a note names, or could name. */
        MentionTarget: {
            id: string;
            name: string;
            type: components["schemas"]["MentionType"];
        };
        /**
         * @description What a mention names.
         * @enum {string}
         */
        MentionType: "user" | "team";
        /**
         * @description A message. Its content stands under the key named by `type`, with the Cloud API's field names; types
         *     this server does not know are given as they came.
         */
        Message: {
            author: components["schemas"]["Author"];
            /** @description Until then whatever the customer writes takes it back. */
            cancel_if_customer_writes: boolean;
            client_ref: string | null;
            conversation_id: components["schemas"]["ConversationId"];
            /** @description A "thanks" that left a resolved conversation resolved. */
            courtesy_after_resolve: boolean;
            created_at: components["schemas"]["Timestamp"];
            direction: components["schemas"]["Direction"];
            edited_at: components["schemas"]["Timestamp"] | null;
            error: components["schemas"]["MessageError"] | null;
            id: components["schemas"]["MessageId"];
            /** @description From before the number was connected: moved no clock. */
            imported: boolean;
            /** @description It arrived long after it was written. */
            late: boolean;
            media: components["schemas"]["MessageMedia"] | null;
            /** @description Position of the event that made it. */
            pos: components["schemas"]["Position"];
            /** @description An earlier attempt may have arrived as well. */
            possible_duplicate: boolean;
            /** @description Why the provider could not carry a customer's content, as it told. */
            provider_errors: Record<string, never>[] | null;
            /** @description The provider's id, once known. */
            provider_message_id: string | null;
            reactions: components["schemas"]["MessageReaction"][];
            /** @description The advertisement it came through, as the provider told. */
            referral: Record<string, never> | null;
            reply_to_id: components["schemas"]["MessageId"] | null;
            revoked_at: components["schemas"]["Timestamp"] | null;
            scheduled_at: components["schemas"]["Timestamp"] | null;
            status: components["schemas"]["MessageStatus"];
            status_history: components["schemas"]["StatusChange"][];
            survey_id: components["schemas"]["CsatId"] | null;
            type: string;
            version: components["schemas"]["Position"];
        };
        /** @description Why a message failed. */
        MessageError: {
            code: string;
            /** Format: int64 */
            provider_code: number | null;
            retryable: boolean;
            title: string | null;
        };
        MessageId: string;
        /** @description A file of a message. */
        MessageMedia: {
            filename: string | null;
            id: components["schemas"]["MediaId"];
            mime_type: string | null;
            size_bytes: components["schemas"]["Position"] | null;
            state: components["schemas"]["MediaState"];
        };
        /** @description Somebody's sign under a message. */
        MessageReaction: {
            at: components["schemas"]["Timestamp"];
            author: components["schemas"]["Author"];
            emoji: string;
        };
        /**
         * @description Where a message stands. Only ever moves forward, except that `uncertain` can become anything.
         * @enum {string}
         */
        MessageStatus: "received" | "scheduled" | "cancelled" | "queued" | "sending" | "accepted" | "held" | "sent" | "delivered" | "read" | "played" | "failed" | "uncertain";
        /** @description The newest message, as far as a row needs. */
        MessageSummary: {
            created_at: components["schemas"]["Timestamp"];
            direction: components["schemas"]["Direction"];
            id: components["schemas"]["MessageId"];
            pos: components["schemas"]["Position"];
            preview: string | null;
            type: string;
        };
        /** @description Written for colleagues; has no way to the customer. */
        Note: {
            author: components["schemas"]["UserSummary"] | null;
            automation_rule_id: components["schemas"]["AutomationRuleId"] | null;
            /** @description Markdown. Empty where the note was deleted or its customer erased. */
            body: string;
            conversation_id: components["schemas"]["ConversationId"];
            created_at: components["schemas"]["Timestamp"];
            /** @description Its author took it back. What is left keeps its place in the thread. */
            deleted: boolean;
            edited_at: components["schemas"]["Timestamp"] | null;
            id: components["schemas"]["NoteId"];
            /** @description Whom the text names, in the order they stand there. */
            mentions: components["schemas"]["MentionTarget"][];
            pinned: boolean;
            pos: components["schemas"]["Position"];
            reactions: components["schemas"]["NoteReaction"][];
            thread: components["schemas"]["NoteThread"];
            /** @description Grows with each change of the note; for `If-Match`. */
            version: components["schemas"]["Position"];
        };
        NoteId: string;
        /** @description A sign of colleagues under a note. */
        NoteReaction: {
            /** Format: int32 */
            count: number;
            emoji: string;
            /** @description At most the first thousand. */
            user_ids: components["schemas"]["UserId"][];
        };
        /** @description Where a note stands among others. */
        NoteThread: {
            last_reply_at: components["schemas"]["Timestamp"] | null;
            /**
             * Format: int32
             * @description Answers that stand; of an answer, none.
             */
            reply_count: number;
            /** @description The first note of the thread: this one, unless it is an answer. */
            root_id: components["schemas"]["NoteId"];
        };
        /** @description Something to know in advance. */
        Notice: {
            /** Format: int32 */
            after_ms: number;
            code: components["schemas"]["NoticeCode"];
            /** @enum {string} */
            type: "notice";
        };
        /** @enum {string} */
        NoticeCode: "token_expiring";
        /** @description Something you were told. */
        Notification: {
            /** @description Who made it happen. */
            actor: components["schemas"]["ActivityActor"];
            contact: components["schemas"]["ContactSummary"] | null;
            conversation_id: components["schemas"]["ConversationId"] | null;
            conversation_number: components["schemas"]["Position"] | null;
            created_at: components["schemas"]["Timestamp"];
            /** @description The beginning of the note it is about, or what the report is called. */
            excerpt: string | null;
            id: components["schemas"]["NotificationId"];
            kind: components["schemas"]["NotificationKind"];
            message_id: components["schemas"]["MessageId"] | null;
            note_id: components["schemas"]["NoteId"] | null;
            /** @description Position of the event it is about. */
            pos: components["schemas"]["Position"];
            read_at: components["schemas"]["Timestamp"] | null;
            report_export_id: components["schemas"]["ReportExportId"] | null;
            scheduled_report_id: components["schemas"]["ScheduledReportId"] | null;
        };
        /** @description What you have not read. */
        NotificationCounts: {
            as_of: components["schemas"]["Position"];
            by_kind: components["schemas"]["NotificationKindCounts"];
            /** Format: int32 */
            mentions_unread: number;
            /** Format: int32 */
            unread: number;
        };
        NotificationId: string;
        /**
         * @description Why somebody is told; tolerate unknown ones.
         * @enum {string}
         */
        NotificationKind: "assigned" | "mention" | "note_reply" | "snooze_due" | "message_failed" | "sla_at_risk" | "sla_breached" | "sla_escalated" | "csat_low" | "automation" | "report_ready" | "report_failed";
        NotificationKindCounts: {
            /** Format: int32 */
            assigned: number;
            /** Format: int32 */
            automation: number;
            /** Format: int32 */
            csat_low: number;
            /** Format: int32 */
            mention: number;
            /** Format: int32 */
            message_failed: number;
            /** Format: int32 */
            note_reply: number;
            /** Format: int32 */
            report_failed: number;
            /** Format: int32 */
            report_ready: number;
            /** Format: int32 */
            sla_at_risk: number;
            /** Format: int32 */
            sla_breached: number;
            /** Format: int32 */
            sla_escalated: number;
            /** Format: int32 */
            snooze_due: number;
        };
        /**
         * @description How many open conversations are held, are taken at most, and are taken beyond those; of a queue by those of its agents
         *     who are available.
         */
        OpenCapacity: {
            /** Format: int32 */
            free: number;
            /** Format: int32 */
            max: number;
            /** Format: int32 */
            open: number;
        };
        /** @description Answered by `reply`, and by a batch without items where you have passed positions since you were last told. */
        Ping: {
            id?: string | null;
            /** @enum {string} */
            type: "ping";
        };
        /** Format: int64 */
        Position: number;
        /** @description Whose connection changed. */
        PresenceSignals: {
            presence: components["schemas"]["AgentPresence"][];
            /** @enum {string} */
            type: "signals";
        };
        /** @enum {string} */
        PresenceState: "online" | "idle" | "offline";
        /** @enum {string} */
        Priority: "none" | "low" | "normal" | "high" | "urgent";
        QuestionId: string;
        /** @description Who works a queue, of the colleagues you see. */
        QueueAgents: {
            /** Format: int32 */
            available: number;
            /** Format: int32 */
            away: number;
            /** Format: int32 */
            busy: number;
            /** Format: int32 */
            members: number;
            /** Format: int32 */
            offline: number;
        };
        /** @description What customers begin or take up again in a queue, and what is moved into it. */
        QueueArrivals: {
            /** Format: int32 */
            last_1h: number;
            /** Format: int32 */
            last_5m: number;
            spike: components["schemas"]["QueueSpike"] | null;
            /**
             * Format: double
             * @description As many as come in 60 minutes at this hour of the week (UTC), by the weeks before; null with fewer than two.
             */
            usual_1h: number | null;
        };
        QueueId: string;
        /** @description Far more than usual. */
        QueueSpike: {
            /**
             * Format: double
             * @description How many times what is usual; null where nothing is.
             */
            factor: number | null;
            /** @description What has a larger share of it than usual, the largest growth first. */
            what_changed: components["schemas"]["ArrivalChange"][];
            /**
             * Format: double
             * @description Standard deviations above what is usual.
             */
            z_score: number;
        };
        /**
         * @description A queue's figures, as far as you see what lies in it. Of an Operator, who has no queue, the one row of what is assigned
         *     to them: its `queue_id` is null, and so is everything that only a queue has.
         */
        QueueStats: {
            agents: components["schemas"]["QueueAgents"] | null;
            arrivals: components["schemas"]["QueueArrivals"] | null;
            /**
             * Format: int32
             * @description Conversations of which a promise will soon be broken.
             */
            at_risk: number;
            brand_id: components["schemas"]["BrandId"] | null;
            /**
             * Format: int32
             * @description Conversations of which one is.
             */
            breached: number;
            capacity: components["schemas"]["OpenCapacity"];
            /** Format: int32 */
            longest_unassigned_wait_seconds: number | null;
            longest_unassigned_wait_since: components["schemas"]["Timestamp"] | null;
            /** Format: int32 */
            longest_wait_seconds: number | null;
            longest_wait_since: components["schemas"]["Timestamp"] | null;
            name: string | null;
            /**
             * Format: int32
             * @description Open conversations, whoever has them.
             */
            open: number;
            /**
             * Format: int32
             * @description Those that wait for the customer or a third party.
             */
            pending: number;
            queue_id: components["schemas"]["QueueId"] | null;
            /**
             * Format: int32
             * @description Open ones that nobody has, those that a bot has left out.
             */
            unassigned: number;
            /**
             * Format: int32
             * @description Open ones whose customer waits for an answer.
             */
            waiting: number;
            /**
             * Format: int32
             * @description Open ones that a bot has: they wait for nobody, and nobody is given them.
             */
            with_bot: number;
        };
        /** @description The connection is open. */
        Ready: {
            head_pos: components["schemas"]["Position"];
            /**
             * Format: int32
             * @description The longest silence of the server.
             */
            heartbeat_ms: number;
            /** @description Of the `hello`; null after a reset. */
            id: string | null;
            limits: components["schemas"]["LiveLimits"];
            log_id: string;
            mode: components["schemas"]["ReadyMode"];
            /** @description Where the client stands now: the snapshot's position, or the one it came with. */
            pos: components["schemas"]["Position"];
            server: components["schemas"]["ServerInfo"];
            session_id: components["schemas"]["SessionId"] | null;
            /** @enum {string} */
            type: "ready";
            user: components["schemas"]["LiveUser"];
        };
        /**
         * @description Whether the client keeps what it has.
         * @enum {string}
         */
        ReadyMode: "snapshot" | "resumed";
        /** @description The answer to a frame of yours. */
        Reply: {
            effective_pos: components["schemas"]["Position"] | null;
            error: components["schemas"]["ReplyError"] | null;
            /** @description Of the frame; null where it had none that could be read. */
            id: string | null;
            ok: boolean;
            /** @enum {string} */
            type: "reply";
        };
        /** @description What was wrong with it; match `code`. */
        ReplyError: {
            code: string;
            detail: string | null;
            /** Format: int32 */
            status: number;
            title: string;
            type: string;
        };
        ReportExportId: string;
        /** @description Forget everything but drafts; `ready` with a snapshot follows on this connection. */
        Reset: {
            detail: string | null;
            head_pos: components["schemas"]["Position"];
            log_id: string;
            oldest_pos: components["schemas"]["Position"];
            reason: components["schemas"]["ResetReason"];
            /** @enum {string} */
            type: "reset";
        };
        /** @enum {string} */
        ResetReason: "log_changed" | "position_ahead" | "position_gone" | "replay_too_long" | "scope_changed";
        /** @description A place in a log: everything up to it is known. */
        Resume: {
            log_id: string;
            pos: components["schemas"]["Position"];
        };
        /**
         * @description What somebody may do; see the permissions of each operation.
         * @enum {string}
         */
        Role: "super_admin" | "admin" | "agent" | "operator";
        RoleId: string;
        ScheduledReportId: string;
        /**
         * @description Why a conversation came or went.
         * @enum {string}
         */
        ScopeReason: "opened" | "reassigned" | "collaboration";
        /**
         * Format: int32
         * @description 1 is the worst, 5 the best.
         */
        Score: number;
        /**
         * @description A part of a snapshot.
         * @enum {string}
         */
        Section: "me" | "counts" | "queue.stats" | "campaigns" | "agents" | "notifications" | "conversations:all" | "conversations:mine" | "conversations:unassigned" | "conversations:mentions";
        ServerInfo: {
            time: components["schemas"]["Timestamp"];
            version: string;
        };
        /** @description Whether anything but a template can be sent. */
        ServiceWindow: {
            expires_at: components["schemas"]["Timestamp"] | null;
            open: boolean;
        };
        SessionId: string;
        /** @description What somebody is doing in a conversation right now. Said again it lasts longer; unsaid it ends by itself. */
        Signal: {
            conversation_id: components["schemas"]["ConversationId"];
            id?: string | null;
            kind: components["schemas"]["SignalKind"];
            /** @description With `typing`: the customer may be shown it too, where the channel can. */
            public?: boolean;
            /** @enum {string} */
            type: "signal";
        };
        /** @enum {string} */
        SignalKind: "viewing" | "typing" | "replying" | "stop";
        /**
         * @description From weak to strong.
         * @enum {string}
         */
        SignalState: "viewing" | "replying" | "typing";
        /** @description What colleagues do right now. Replaces what was said before about this conversation, or about these colleagues. */
        Signals: components["schemas"]["ConversationSignals"] | components["schemas"]["PresenceSignals"];
        /** @description A clock that runs, or stands still. */
        SlaClock: {
            due_at: components["schemas"]["Timestamp"] | null;
            state: components["schemas"]["SlaState"];
        };
        SlaPolicyId: string;
        /** @enum {string} */
        SlaState: "ok" | "at_risk" | "breached" | "paused";
        /**
         * @description A part of your state at a position. After `ready` the parts you asked for come in order; counts, queues and campaigns
         *     come again when they change, `me` when something about your account did, and `notifications` when old ones show again.
         */
        Snapshot: {
            data: components["schemas"]["SnapshotData"];
            /** @description Whether it is the last part. */
            last: boolean;
            /** @description Continues the list under `GET /v1/conversations`; null where nothing is left or nothing can be continued. */
            next_cursor: string | null;
            pos: components["schemas"]["Position"];
            section: components["schemas"]["Section"];
            /** @enum {string} */
            type: "snapshot";
        } & ({
            data?: components["schemas"]["User"];
            /** @constant */
            section?: "me";
        } | {
            data?: components["schemas"]["CountsNow"];
            /** @constant */
            section?: "counts";
        } | {
            data?: components["schemas"]["QueueStats"][];
            /** @constant */
            section?: "queue.stats";
        } | {
            data?: components["schemas"]["CampaignStanding"][];
            /** @constant */
            section?: "campaigns";
        } | {
            data?: components["schemas"]["Colleague"][];
            /** @constant */
            section?: "agents";
        } | {
            data?: components["schemas"]["Notification"][];
            /** @constant */
            section?: "notifications";
        } | {
            data?: components["schemas"]["Conversation"][];
            /** @constant */
            section?: "conversations:all";
        } | {
            data?: components["schemas"]["Conversation"][];
            /** @constant */
            section?: "conversations:mine";
        } | {
            data?: components["schemas"]["Conversation"][];
            /** @constant */
            section?: "conversations:unassigned";
        } | {
            data?: components["schemas"]["Conversation"][];
            /** @constant */
            section?: "conversations:mentions";
        });
        /** @description By section: `me`, `counts`, `queue.stats`, `campaigns`, `agents`, `conversations:…`, `notifications`. */
        SnapshotData: components["schemas"]["User"] | components["schemas"]["CountsNow"] | components["schemas"]["QueueStats"][] | components["schemas"]["CampaignStanding"][] | components["schemas"]["Colleague"][] | components["schemas"]["Conversation"][] | components["schemas"]["Notification"][];
        /** @description One step of a message's way. */
        StatusChange: {
            at: components["schemas"]["Timestamp"];
            status: components["schemas"]["MessageStatus"];
        };
        StatusCounts: {
            /** Format: int32 */
            open: number;
            /** Format: int32 */
            pending: number;
            /** Format: int32 */
            resolved: number;
            /** Format: int32 */
            snoozed: number;
        };
        /** @description Replaces filter and open conversations. */
        Subscribe: {
            filter?: components["schemas"]["Filter"] | null;
            id?: string | null;
            open?: components["schemas"]["ConversationId"][] | null;
            /** @enum {string} */
            type: "subscribe";
        };
        TeamId: string;
        /** @description Something that happened to the conversation. */
        TimelineActivity: {
            actor: components["schemas"]["ActivityActor"];
            /** @description What the type says. */
            detail: Record<string, never>;
            occurred_at: components["schemas"]["Timestamp"];
            /** @description `conversation.assigned` and the like; tolerate unknown ones. */
            type: string;
        };
        /** Format: date-time */
        Timestamp: string;
        TypePattern: string;
        /** @description A member of the support team. */
        User: {
            /** @description Whether they take work. */
            availability: components["schemas"]["Availability"];
            /** @description The brands they work for; null: all. */
            brand_ids: components["schemas"]["BrandId"][] | null;
            created_at: components["schemas"]["Timestamp"];
            custom_role_id: components["schemas"]["RoleId"] | null;
            /** @description Null for those who may not see it. */
            email: string | null;
            id: components["schemas"]["UserId"];
            name: string;
            role: components["schemas"]["Role"];
            status: components["schemas"]["UserStatus"];
            /** @description The teams they are in, as far as you see them. */
            team_ids: components["schemas"]["TeamId"][];
            version: components["schemas"]["Position"];
        };
        UserId: string;
        /**
         * @description Whether a user may sign in.
         * @enum {string}
         */
        UserStatus: "active" | "deactivated";
        /** @description Who takes care. */
        UserSummary: {
            id: components["schemas"]["UserId"];
            name: string;
        };
        /** @description Rows of one view. */
        ViewCount: {
            /** Format: int32 */
            total: number;
            /** Format: int32 */
            unread: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
