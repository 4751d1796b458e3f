// Generated from api-spec/openapi.json by scripts/types.mjs. Do not edit.

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
        BrandId: string;
        CampaignId: string;
        ChannelId: string;
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
        /** @description Rows of the inbox. */
        ConversationPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Conversation"][];
            page: components["schemas"]["PageInfo"];
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
        CsatId: string;
        /**
         * @description Why nobody was asked.
         * @enum {string}
         */
        CsatSkipReason: "auto_resolved_unanswered" | "spam" | "blocked" | "window_closed" | "cooldown" | "opted_out" | "asked_not_to" | "group" | "unreachable";
        /** @enum {string} */
        Direction: "inbound" | "outbound";
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
        NotificationId: string;
        /**
         * @description Why somebody is told; tolerate unknown ones.
         * @enum {string}
         */
        NotificationKind: "assigned" | "mention" | "note_reply" | "snooze_due" | "message_failed" | "sla_at_risk" | "sla_breached" | "sla_escalated" | "csat_low" | "automation" | "report_ready" | "report_failed";
        /** @description Notifications, newest first. */
        NotificationPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Notification"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @description How a page continues. */
        PageInfo: {
            /**
             * Format: int32
             * @description The most rows this page could have had.
             */
            limit: number;
            /** @description Asks for the next page; null on the last. */
            next_cursor: string | null;
        };
        /** Format: int64 */
        Position: number;
        /** @enum {string} */
        Priority: "none" | "low" | "normal" | "high" | "urgent";
        QuestionId: string;
        ReportExportId: string;
        /**
         * @description What somebody may do; see the permissions of each operation.
         * @enum {string}
         */
        Role: "super_admin" | "admin" | "agent" | "operator";
        RoleId: string;
        ScheduledReportId: string;
        /**
         * Format: int32
         * @description 1 is the worst, 5 the best.
         */
        Score: number;
        /** @description Whether anything but a template can be sent. */
        ServiceWindow: {
            expires_at: components["schemas"]["Timestamp"] | null;
            open: boolean;
        };
        /** @description A clock that runs, or stands still. */
        SlaClock: {
            due_at: components["schemas"]["Timestamp"] | null;
            state: components["schemas"]["SlaState"];
        };
        SlaPolicyId: string;
        /** @enum {string} */
        SlaState: "ok" | "at_risk" | "breached" | "paused";
        /** @description One step of a message's way. */
        StatusChange: {
            at: components["schemas"]["Timestamp"];
            status: components["schemas"]["MessageStatus"];
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
        /** @description One line; the field named by `kind` holds it, the others are null. */
        TimelineEntry: {
            activity: components["schemas"]["TimelineActivity"] | null;
            kind: components["schemas"]["TimelineKind"];
            message: components["schemas"]["Message"] | null;
            note: components["schemas"]["Note"] | null;
            pos: components["schemas"]["Position"];
            /** @description Its place in the conversation's own order. */
            version: components["schemas"]["Position"];
        };
        /** @enum {string} */
        TimelineKind: "message" | "note" | "activity";
        /** @description A conversation, newest first. */
        TimelinePage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["TimelineEntry"][];
            page: components["schemas"]["PageInfo"];
        };
        /** Format: date-time */
        Timestamp: string;
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
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
