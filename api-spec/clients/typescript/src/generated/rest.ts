// Generated from api-spec/openapi.json by scripts/types.mjs. Do not edit.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Taking the place. */
        AcceptInvite: {
            /** @description Shown in the list of sessions. */
            device_name?: string | null;
            name: string;
            /** @description A few words make a good one. */
            password: string;
            token: string;
        };
        /** @description Why somebody can, or cannot, see a conversation. */
        AccessExplanation: {
            /** @description The position the answer is for. */
            as_of: components["schemas"]["Position"];
            /** @description Whether they may write to the customer there. */
            can_reply: boolean;
            can_see: boolean;
            conversation_id: components["schemas"]["ConversationId"];
            /** @description All grounds by which they see it, or what keeps it from them. */
            reasons: components["schemas"]["AccessReason"][];
            /** @description The position since which the answer has been the same. */
            since_pos: components["schemas"]["Position"];
            user_id: components["schemas"]["UserId"];
        };
        /**
         * @description A ground for seeing a conversation, or for not seeing it.
         * @enum {string}
         */
        AccessReason: "assignee" | "role" | "team_member" | "open_team" | "common_queue" | "collaborator" | "outside_brand" | "outside_team" | "role_own_only" | "team_hidden" | "not_permitted" | "account_closed" | "account_unknown" | "conversation_unknown";
        /** @description Who made it happen. */
        ActivityActor: {
            id: string | null;
            name: string | null;
            type: components["schemas"]["ActivityActorType"];
        };
        /** @enum {string} */
        ActivityActorType: "user" | "contact" | "provider" | "system";
        AddNote: {
            /** @description Markdown of at most 16 KiB; `@[usr_…]` and `@[team_…]` name colleagues who see the conversation, at most 20. */
            body: string;
            parent_id?: components["schemas"]["NoteId"] | null;
            pinned?: boolean;
        };
        /** @description What Agents may do beyond their own conversations. */
        AgentSettings: {
            /** @description They may resolve, reopen and snooze what a teammate has. */
            resolve_team: boolean;
            /** @description They see and answer their teams' conversations. */
            see_team: boolean;
        };
        /** @description A key. It acts in the name of whoever made it, and never above what they may do at the moment. */
        ApiKey: {
            /** @description Networks it may be used from; empty: from anywhere. */
            allowed_ips: string[];
            /** @description Null: all brands of its maker. */
            brand_ids: components["schemas"]["BrandId"][] | null;
            created_at: components["schemas"]["Timestamp"];
            expires_at: components["schemas"]["Timestamp"] | null;
            id: components["schemas"]["KeyId"];
            last_used_at: components["schemas"]["Timestamp"] | null;
            name: string;
            role: components["schemas"]["Role"];
            /** @description Names of permissions. */
            scopes: string[];
            /** @description Goes into `Authorization: Bearer …`; only in the answer that made it. */
            secret: string | null;
            /** @description Null: all teams of its maker. */
            team_ids: components["schemas"]["TeamId"][] | null;
            /** @description Who made it. */
            user_id: components["schemas"]["UserId"];
            version: components["schemas"]["Position"];
        };
        /** @description Keys. */
        ApiKeyPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["ApiKey"][];
            page: components["schemas"]["PageInfo"];
        };
        Audio: {
            id: components["schemas"]["MediaId"];
            /** @description A voice message. */
            voice?: boolean | null;
        };
        /**
         * @description What kind of thing it was.
         * @enum {string}
         */
        AuditAction: "signed_in" | "sign_in_failed" | "session_ended" | "account_changed" | "access_changed" | "access_denied" | "data_revealed" | "data_exported" | "data_erased" | "configuration_changed" | "billing_changed";
        /** @description Who did it. */
        AuditActor: {
            id: string | null;
            /** @description A user's name, as it is now. */
            name: string | null;
            /** @description `user`, `contact`, `provider` or `system`. */
            type: string;
        };
        /** @description One entry; the event at its position says it all. */
        AuditEntry: {
            action: components["schemas"]["AuditAction"];
            actor: components["schemas"]["AuditActor"];
            /** @description Where they signed in from, or failed to. */
            address: string | null;
            at: components["schemas"]["Timestamp"];
            /** @description What more there is to say: names and texts. */
            details: Record<string, never>;
            /** @description The event's type. */
            event: string;
            outcome: components["schemas"]["AuditOutcome"];
            pos: components["schemas"]["Position"];
            /** @description The id of what it was done to. */
            target_id: string | null;
        };
        /**
         * @description How it ended.
         * @enum {string}
         */
        AuditOutcome: "done" | "failed" | "denied";
        /** @description Audit entries, newest first. A page may be short of its limit and still have a next one. */
        AuditPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["AuditEntry"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @description Who wrote. */
        Author: {
            /** @description The contact or user, where known. */
            id: string | null;
            /** @description What the team calls them. */
            name: string | null;
            type: components["schemas"]["AuthorType"];
        };
        /** @enum {string} */
        AuthorType: "contact" | "user" | "phone_app" | "system";
        /** @description The contract. A workspace that never recorded one has version 0 and as many seats as it likes. */
        Billing: {
            billing_contact: components["schemas"]["BillingContact"] | null;
            plan: string | null;
            renewal_date: string | null;
            /**
             * Format: int32
             * @description Accounts and open invites at most; null: no limit.
             */
            seats: number | null;
            /**
             * Format: int32
             * @description Taken now. More than `seats` after those were lowered: nobody is locked out, and nobody new comes in.
             */
            seats_used: number;
            version: components["schemas"]["Position"];
        };
        /** @description Who is written to about bills. */
        BillingContact: {
            email: string;
            name: string;
        };
        BlockContact: {
            reason?: string | null;
        };
        /** @description A wall around channels and contacts. */
        Brand: {
            id: components["schemas"]["BrandId"];
            name: string;
        };
        BrandId: string;
        /** @description Brands. */
        BrandPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Brand"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @description A change of one's own password. */
        ChangePassword: {
            current_password: string;
            new_password: string;
        };
        /** @description A connected number. */
        Channel: {
            brand_id: components["schemas"]["BrandId"];
            default_team_id: components["schemas"]["TeamId"] | null;
            /** @description Takes part in sending. */
            enabled: boolean;
            /** @description Null: the provider's own address. */
            graph_base_url: string | null;
            graph_version: string;
            id: components["schemas"]["ChannelId"];
            name: string;
            phone_e164: string;
            phone_number_id: string;
            type: components["schemas"]["ChannelType"];
            version: components["schemas"]["Position"];
            waba_id: string;
        };
        /** @description What opens the provider's doors. */
        ChannelCredentials: {
            access_token: string;
            app_secret: string;
            phone_number_id: string;
            verify_token: string;
            waba_id: string;
        };
        /** @description What the provider lets a number do. */
        ChannelHealth: {
            barred_until: components["schemas"]["Timestamp"] | null;
            /**
             * Format: int64
             * @description The provider's code behind a refusal.
             */
            error_code: number | null;
            /** @description Whether templates may be sent now. */
            may_initiate: boolean;
            /** @description `GREEN`, `YELLOW`, `RED` or another word of the provider's. */
            quality_rating: string | null;
            /** @description False: the provider refuses everything (token, account) and the queue waits. */
            sending: boolean;
            /**
             * Format: int32
             * @description Messages per second, in and out together.
             */
            throughput_mps: number;
        };
        ChannelId: string;
        /** @description Channels. */
        ChannelPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Channel"][];
            page: components["schemas"]["PageInfo"];
        };
        /**
         * @description What a channel carries.
         * @enum {string}
         */
        ChannelType: "whatsapp";
        /** @description One thing that must be right before requests should come here. */
        Check: {
            name: string;
            ok: boolean;
        };
        /** @description Somebody invited into a conversation from behind a wall. */
        Collaborator: {
            name: string;
            user_id: components["schemas"]["UserId"];
        };
        /** @description Those invited, until the conversation is resolved. */
        CollaboratorPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Collaborator"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @description A number to connect. */
        ConnectChannel: {
            brand_id?: components["schemas"]["BrandId"] | null;
            credentials: components["schemas"]["ChannelCredentials"];
            /** @description Absent: the provider's own address. */
            graph_base_url?: string | null;
            /** @description Absent: the version this server was written for. */
            graph_version?: string | null;
            name: string;
            /** @description The business's own number. */
            phone_e164: string;
            type: components["schemas"]["ChannelType"];
        };
        /** @description A customer, scoped to a brand. */
        Contact: {
            blocked: boolean;
            brand_id: components["schemas"]["BrandId"];
            created_at: components["schemas"]["Timestamp"];
            /** @description What to call them: the name given, else what they call themself, else how they are reached. */
            display_name: string | null;
            erased: boolean;
            id: components["schemas"]["ContactId"];
            identities: components["schemas"]["ContactIdentity"][];
            /** @description Contacts that this one stands for. */
            merged: components["schemas"]["MergedContact"][];
            merged_into: components["schemas"]["ContactId"] | null;
            /** @description Given by an agent or the phone's address book. */
            name: string | null;
            /** @description What the customer calls themself. */
            profile_name: string | null;
            username: string | null;
            version: components["schemas"]["Position"];
        };
        ContactId: string;
        /** @description A value that names a customer. */
        ContactIdentity: {
            kind: components["schemas"]["IdentityKind"];
            value: string;
        };
        /** @description A merge, which can be undone. */
        ContactMerge: {
            id: components["schemas"]["MergeId"];
            loser_id: components["schemas"]["ContactId"];
            winner_id: components["schemas"]["ContactId"];
        };
        /** @description Contacts. */
        ContactPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Contact"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @description The customer, as far as a row needs. */
        ContactSummary: {
            id: components["schemas"]["ContactId"];
            name: string | null;
        };
        /** @description One contact on one channel, over its episodes. */
        Conversation: {
            assignee: components["schemas"]["UserSummary"] | null;
            brand_id: components["schemas"]["BrandId"];
            channel_id: components["schemas"]["ChannelId"];
            contact: components["schemas"]["ContactSummary"];
            /** @description A courtesy message came after it was resolved and left it resolved. */
            courtesy_after_resolve: boolean;
            created_at: components["schemas"]["Timestamp"];
            /**
             * Format: int32
             * @description Counts from 1, one more with each reopening.
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
            priority: components["schemas"]["Priority"];
            resolved_at: components["schemas"]["Timestamp"] | null;
            service_window: components["schemas"]["ServiceWindow"];
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
        /** @description How many rows each view has that is not resolved, and how many each status has. */
        ConversationCounts: {
            all: components["schemas"]["ViewCount"];
            as_of: components["schemas"]["Position"];
            by_status: components["schemas"]["StatusCounts"];
            /** @description Here `unread` counts those with a mention you have not read. */
            mentions: components["schemas"]["ViewCount"];
            mine: components["schemas"]["ViewCount"];
            unassigned: components["schemas"]["ViewCount"];
        };
        ConversationId: string;
        /** @description Rows of the inbox. */
        ConversationPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Conversation"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @enum {string} */
        ConversationStatus: "open" | "pending" | "snoozed" | "resolved";
        /** @description A new key. */
        CreateApiKey: {
            /** @description Networks as CIDR, or single addresses. Absent: from anywhere. */
            allowed_ips?: string[];
            brand_ids?: components["schemas"]["BrandId"][] | null;
            expires_at?: components["schemas"]["Timestamp"] | null;
            name: string;
            /** @description `admin`, `agent` or `operator`, not above your own. */
            role: components["schemas"]["Role"];
            /** @description Names of permissions that you have yourself. */
            scopes: string[];
            team_ids?: components["schemas"]["TeamId"][] | null;
        };
        /** @description A new brand. */
        CreateBrand: {
            name: string;
        };
        /** @description A new invitation. */
        CreateInvite: {
            /** @description Absent or null: all brands (of those that you work for yourself). */
            brand_ids?: components["schemas"]["BrandId"][] | null;
            custom_role_id?: components["schemas"]["RoleId"] | null;
            email: string;
            /**
             * Format: int32
             * @description Seven days where nobody says.
             */
            expires_in_seconds?: number;
            role: components["schemas"]["Role"];
            /** @description Teams they will be in. */
            team_ids?: components["schemas"]["TeamId"][];
        };
        /** @description A new role. */
        CreateRole: {
            /** @description The built-in role whose walls it has; not `super_admin`. */
            base: components["schemas"]["Role"];
            name: string;
            /** @description Names of permissions that roles can give; everything else that the base role may do is refused. */
            permissions: string[];
        };
        /** @description A new team. */
        CreateTeam: {
            brand_id?: components["schemas"]["BrandId"] | null;
            name: string;
            walls?: components["schemas"]["Walls"] | null;
        };
        /** @description A new member of the team. */
        CreateUser: {
            /** @description Absent or null: all brands (of those that you work for yourself). */
            brand_ids?: components["schemas"]["BrandId"][] | null;
            custom_role_id?: components["schemas"]["RoleId"] | null;
            email: string;
            name: string;
            /** @description A few words make a good one. */
            password: string;
            role: components["schemas"]["Role"];
        };
        Currency: string;
        /** @description The end of an account. */
        Deactivate: {
            reassign_to?: components["schemas"]["ReassignTo"] | null;
        };
        /** @description A closed account. */
        Deactivated: {
            /** @description Conversations that changed hands. */
            reassigned_count: components["schemas"]["Position"];
            user: components["schemas"]["User"];
        };
        /**
         * @description The answer for one permission.
         * @enum {string}
         */
        Decision: "allow" | "forbid" | "hide";
        /** @enum {string} */
        Direction: "inbound" | "outbound";
        Document: {
            caption?: string | null;
            filename?: string | null;
            id: components["schemas"]["MediaId"];
        };
        EditNote: {
            body: string;
        };
        EraseContact: {
            /** @description Must be `true`: erasure cannot be undone. */
            confirm: boolean;
            /** @description Why, for the record of the business. */
            reason?: string | null;
        };
        /** @description One fact. */
        Event: {
            actor: Record<string, never>;
            causation_pos: components["schemas"]["Position"] | null;
            correlation_id: string | null;
            /** @description What the type says; nothing personal. */
            facts: Record<string, never>;
            occurred_at: components["schemas"]["Timestamp"];
            pos: components["schemas"]["Position"];
            /** @description What is personal, opened; null when the key was destroyed or there is none. */
            private: Record<string, never> | null;
            recorded_at: components["schemas"]["Timestamp"];
            /** Format: int32 */
            schema: number;
            stream: string;
            /** @description `conversation.assigned` and the like; tolerate unknown ones. */
            type: string;
            version: components["schemas"]["Position"];
        };
        /** @description Events in order. `next_after` also passes the ones that were filtered out. */
        EventPage: {
            data: components["schemas"]["Event"][];
            head_pos: components["schemas"]["Position"];
            log_id: string;
            next_after: components["schemas"]["Position"];
            oldest_pos: components["schemas"]["Position"];
        };
        /** @description One place in the request that is wrong. */
        FieldError: {
            /** @description What is wrong there. */
            code: string;
            /** @description The same in words. Never repeats the value. */
            detail: string;
            /** @description Name of the query parameter or header; null for a place in the body. */
            parameter: string | null;
            /** @description JSON pointer into the body; null for a parameter. */
            pointer: string | null;
        };
        /** @description Somebody lost their password. */
        ForgotPassword: {
            email: string;
        };
        /** @description Whether the process lives. */
        Health: {
            /** @description Always `ok`: a process that cannot say so does not answer. */
            status: string;
        };
        /** @enum {string} */
        IdentityKind: "bsuid" | "group" | "wa_id" | "phone" | "parent_bsuid";
        /** @description An invitation into the team. */
        Invite: {
            /** @description A page of the console with the token behind `#`, so that no server's log holds it; only with `token`. */
            accept_url: string | null;
            /** @description The brands they will work for; null: all. */
            brand_ids: components["schemas"]["BrandId"][] | null;
            created_at: components["schemas"]["Timestamp"];
            custom_role_id: components["schemas"]["RoleId"] | null;
            email: string;
            expires_at: components["schemas"]["Timestamp"];
            id: components["schemas"]["InviteId"];
            invited_by: components["schemas"]["UserId"];
            role: components["schemas"]["Role"];
            status: components["schemas"]["InviteStatus"];
            team_ids: components["schemas"]["TeamId"][];
            /** @description What accepts it; only in the answer that made it. */
            token: string | null;
            user_id: components["schemas"]["UserId"] | null;
            version: components["schemas"]["Position"];
        };
        InviteId: string;
        /** @description What somebody who was invited sees before they accept. */
        InviteOffer: {
            email: string;
            expires_at: components["schemas"]["Timestamp"];
            invited_by_name: string;
            role: components["schemas"]["Role"];
        };
        /** @description Invitations. */
        InvitePage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Invite"][];
            page: components["schemas"]["PageInfo"];
        };
        /**
         * @description Where an invitation stands.
         * @enum {string}
         */
        InviteStatus: "open" | "expired" | "revoked" | "accepted";
        KeyId: string;
        /** @enum {string} */
        LanguagePolicy: "deterministic";
        /** @description Bounds that clients may want to know beforehand. */
        Limits: {
            /** Format: int32 */
            access_token_seconds: number;
            /**
             * Format: int64
             * @description Bytes of a JSON body.
             */
            json_bytes: number;
            /**
             * Format: int64
             * @description Bytes of a message's JSON body.
             */
            message_bytes: number;
            /** Format: int32 */
            page_limit_default: number;
            /** Format: int32 */
            page_limit_max: number;
        };
        /** @description An identity an agent knows the customer by. */
        LinkIdentity: {
            kind: components["schemas"]["LinkableKind"];
            value: string;
        };
        /**
         * @description The others are given by the provider alone.
         * @enum {string}
         */
        LinkableKind: "phone";
        Location: {
            address?: string | null;
            /** Format: double */
            latitude: number;
            /** Format: double */
            longitude: number;
            name?: string | null;
        };
        /** @description The log itself. */
        Log: {
            /** @description Hash over every event up to the head, hexadecimal. */
            chain_hash: string;
            head_pos: components["schemas"]["Position"];
            log_id: string;
            oldest_pos: components["schemas"]["Position"];
            parent: components["schemas"]["LogParent"] | null;
        };
        /** @description Both logs share their history up to and including `pos`. */
        LogParent: {
            log_id: string;
            pos: components["schemas"]["Position"];
        };
        /** @description Credentials. */
        Login: {
            /** @description Shown in the list of sessions. */
            device_name?: string | null;
            email: string;
            password: string;
        };
        /** @description A file without its bytes. */
        Media: {
            created_at: components["schemas"]["Timestamp"];
            /** @description Why it will not come; null unless it failed. */
            failure: string | null;
            filename: string | null;
            id: components["schemas"]["MediaId"];
            /** @description As found in the bytes, not as claimed. */
            mime_type: string | null;
            size_bytes: components["schemas"]["Position"] | null;
            state: components["schemas"]["MediaState"];
        };
        MediaId: string;
        /** @description An address that works without a token for a short while. */
        MediaLink: {
            expires_at: components["schemas"]["Timestamp"];
            url: string;
        };
        /** @enum {string} */
        MediaState: "pending" | "stored" | "failed" | "erased";
        /** @description A file with words under it. */
        MediaWithCaption: {
            caption?: string | null;
            /** @description An uploaded file. */
            id: components["schemas"]["MediaId"];
        };
        /** @description A note that names you. */
        Mention: {
            /** @description Who wrote it. */
            actor: components["schemas"]["ActivityActor"];
            contact: components["schemas"]["ContactSummary"];
            conversation_id: components["schemas"]["ConversationId"];
            /** @description The conversation's short number. */
            conversation_number: components["schemas"]["Position"];
            created_at: components["schemas"]["Timestamp"];
            /** @description The beginning of the note. */
            excerpt: string | null;
            /** @description Its notification's, whether or not that is shown. */
            id: components["schemas"]["NotificationId"];
            note_id: components["schemas"]["NoteId"];
            pos: components["schemas"]["Position"];
            read_at: components["schemas"]["Timestamp"] | null;
        };
        /** @description Colleagues and teams by name; those who do not see the conversation are not among them. */
        MentionCandidates: {
            /** @description The position of the log this reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["MentionTarget"][];
        };
        /** @description Mentions, newest first. */
        MentionPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Mention"][];
            page: components["schemas"]["PageInfo"];
        };
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
        MergeContacts: {
            loser_id: components["schemas"]["ContactId"];
            /** @description Stands for both afterwards. */
            winner_id: components["schemas"]["ContactId"];
        };
        MergeId: string;
        /** @description A contact that was merged into another, and what undoes it. */
        MergedContact: {
            contact_id: components["schemas"]["ContactId"];
            merge_id: components["schemas"]["MergeId"];
        };
        /**
         * @description A message. Its content stands under the key named by `type`, with the Cloud API's field names; types
         *     this server does not know are given as they came.
         */
        Message: {
            author: components["schemas"]["Author"];
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
            status: components["schemas"]["MessageStatus"];
            status_history: components["schemas"]["StatusChange"][];
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
        /** @description Messages, newest first. */
        MessagePage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Message"][];
            page: components["schemas"]["PageInfo"];
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
        MessageStatus: "received" | "queued" | "sending" | "accepted" | "held" | "sent" | "delivered" | "read" | "played" | "failed" | "uncertain";
        /** @description The newest message, as far as a row needs. */
        MessageSummary: {
            created_at: components["schemas"]["Timestamp"];
            direction: components["schemas"]["Direction"];
            id: components["schemas"]["MessageId"];
            pos: components["schemas"]["Position"];
            preview: string | null;
            type: string;
        };
        /** @description Messages counted together. A group that was not asked for is null. */
        MessageUsage: {
            billable: components["schemas"]["Position"];
            /** @description The provider's word. */
            category: string | null;
            channel_id: components["schemas"]["ChannelId"] | null;
            free: components["schemas"]["Position"];
            /** @description Country calling code of the recipient, or `unknown`. */
            market: string | null;
            month: string | null;
        };
        Meta: {
            api_versions: string[];
            limits: components["schemas"]["Limits"];
            name: string;
            server_time: components["schemas"]["Timestamp"];
            version: string;
        };
        /**
         * @description A way to show the second factor.
         * @enum {string}
         */
        MfaMethod: "totp" | "recovery_code";
        /** @description The second factor: a code, or a recovery code. */
        MfaProof: {
            code?: string;
            mfa_token: string;
            recovery_code?: string;
        };
        /** @description The password was right; a code is asked for too. */
        MfaRequired: {
            methods: components["schemas"]["MfaMethod"][];
            /** @description Always true. */
            mfa_required: boolean;
            /** @description Names the sign-in for five minutes, and opens nothing. */
            mfa_token: string;
        };
        /** @description A rate. What is wrong with one is told with 422 and its place. */
        NewRate: {
            category: string;
            market: string;
            /** Format: int64 */
            price_micros: number;
            valid_from: string;
        };
        /** @description Written for colleagues; has no way to the customer. */
        Note: {
            author: components["schemas"]["UserSummary"];
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
        /** @description Notes, newest first; the answers of a thread oldest first. */
        NotePage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Note"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @description A sign of colleagues under a note. */
        NoteReaction: {
            /** Format: int32 */
            count: number;
            emoji: string;
            /** @description At most the first thousand. */
            user_ids: components["schemas"]["UserId"][];
        };
        /** @description One text of a note. */
        NoteRevision: {
            body: string;
            created_at: components["schemas"]["Timestamp"];
            /**
             * Format: int32
             * @description Counts from 1.
             */
            number: number;
        };
        /** @description Every text a note had, the present one last; of a deleted one, none. */
        NoteRevisions: {
            /** @description The position of the log this reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["NoteRevision"][];
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
            contact: components["schemas"]["ContactSummary"];
            conversation_id: components["schemas"]["ConversationId"];
            /** @description The conversation's short number. */
            conversation_number: components["schemas"]["Position"];
            created_at: components["schemas"]["Timestamp"];
            /** @description The beginning of the note it is about. */
            excerpt: string | null;
            id: components["schemas"]["NotificationId"];
            kind: components["schemas"]["NotificationKind"];
            message_id: components["schemas"]["MessageId"] | null;
            note_id: components["schemas"]["NoteId"] | null;
            /** @description Position of the event it is about. */
            pos: components["schemas"]["Position"];
            read_at: components["schemas"]["Timestamp"] | null;
        };
        /** @description Where a kind is told. */
        NotificationChannels: {
            in_app: boolean;
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
        NotificationKind: "assigned" | "mention" | "note_reply" | "snooze_due" | "message_failed";
        NotificationKindCounts: {
            /** Format: int32 */
            assigned: number;
            /** Format: int32 */
            mention: number;
            /** Format: int32 */
            message_failed: number;
            /** Format: int32 */
            note_reply: number;
            /** Format: int32 */
            snooze_due: number;
        };
        /** @description Notifications, newest first. */
        NotificationPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Notification"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @description What you want to be told from now on. */
        NotificationSettings: {
            assigned: components["schemas"]["NotificationChannels"];
            mention: components["schemas"]["NotificationChannels"];
            message_failed: components["schemas"]["NotificationChannels"];
            note_reply: components["schemas"]["NotificationChannels"];
            snooze_due: components["schemas"]["NotificationChannels"];
        };
        /**
         * @description What to do when somebody wrote after `after_pos`.
         * @enum {string}
         */
        OnStale: "reject" | "send";
        /**
         * @description What can be sent.
         * @enum {string}
         */
        OutboundType: "text" | "image" | "video" | "audio" | "document" | "sticker" | "location" | "contacts" | "interactive" | "template";
        /** @description One of your own permissions. */
        OwnPermission: {
            id: string;
            reach: components["schemas"]["Reach"];
        };
        /** @description What you may do, and where. */
        OwnPermissions: {
            as_of: components["schemas"]["Position"];
            /** @description Null: all. */
            brand_ids: components["schemas"]["BrandId"][] | null;
            custom_role_id: components["schemas"]["RoleId"] | null;
            permissions: components["schemas"]["OwnPermission"][];
            role: components["schemas"]["Role"];
            team_ids: components["schemas"]["TeamId"][];
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
        /** @description A link that sets a new password, shown this once. */
        PasswordReset: {
            expires_at: components["schemas"]["Timestamp"];
            token: string;
        };
        /** @description A permission in the catalogue. */
        Permission: {
            admin: components["schemas"]["Reach"];
            agent: components["schemas"]["Reach"];
            description: string;
            /** @description Whether custom roles and keys can give it. */
            grantable: boolean;
            id: string;
            operator: components["schemas"]["Reach"];
            super_admin: components["schemas"]["Reach"];
        };
        /** @description Every permission there is, under the settings of this workspace. */
        PermissionList: {
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Permission"][];
        };
        /** Format: int64 */
        Position: number;
        /** @enum {string} */
        Priority: "none" | "low" | "normal" | "high" | "urgent";
        /** @description The body of every 4xx and 5xx answer. Some kinds carry further fields, named in their description. */
        Problem: {
            /** @description The word to match. */
            code: string;
            /** @description What is particular to this occurrence. */
            detail: string | null;
            /** @description The places that are wrong; empty where none can be named. */
            errors: components["schemas"]["FieldError"][];
            /** @description The request id, as in the Request-Id header. */
            instance: string;
            /** @description Whether the same request may succeed later. */
            retryable: boolean;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The kind in words. */
            title: string;
            /** @description Names the kind; also the path of its human page. */
            type: string;
        };
        QuarantineId: string;
        /** @description An item without a place, kept until somebody tries it again or discards it. */
        QuarantineItem: {
            /** @description The same in words. */
            detail: string | null;
            /** @description The webhook field it came in. */
            field: string | null;
            id: components["schemas"]["QuarantineId"];
            pos: components["schemas"]["Position"];
            /** @description The item as it came; null in lists. */
            raw: string | null;
            /** @description Why it could not be applied: `unknown_number`, `wrong_app`, `broken`, `unknown_field`. */
            reason: string;
            received_at: components["schemas"]["Timestamp"];
        };
        /** @description Items, oldest first. */
        QuarantinePage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["QuarantineItem"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @description What one message costs. */
        Rate: {
            /** @description The provider's word: `marketing`, `utility`, `authentication`, `service`, … */
            category: string;
            /** @description Country calling code of the recipient (`49`, `1876`), or `*` for every market without a rate of its own. */
            market: string;
            /**
             * Format: int64
             * @description Millionths of the currency's unit: 113100 is 0.1131.
             */
            price_micros: number;
            /** @description The first day of a month; in force until a later one begins. */
            valid_from: string;
        };
        /** @description The rates in force for a currency. */
        RateCard: {
            changed_at: components["schemas"]["Timestamp"];
            currency: components["schemas"]["Currency"];
            rates: components["schemas"]["Rate"][];
            version: components["schemas"]["Position"];
        };
        /** @description Every currency with a card. */
        RateCardList: {
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["RateCardSummary"][];
        };
        /** @description A card without its rates. */
        RateCardSummary: {
            changed_at: components["schemas"]["Timestamp"];
            currency: components["schemas"]["Currency"];
            /** Format: int32 */
            rate_count: number;
            version: components["schemas"]["Position"];
        };
        /** @description What a permission comes to by how a conversation stands to the asker; where there is no such thing, `own` is the answer. */
        Reach: {
            /** @description They were invited into it. */
            collaborator: components["schemas"]["Decision"];
            /** @description Behind another brand's wall. */
            other_brand: components["schemas"]["Decision"];
            /** @description Behind another team's wall. */
            other_team: components["schemas"]["Decision"];
            /** @description Assigned to them; and lists, creations, the workspace. */
            own: components["schemas"]["Decision"];
            /** @description In a team of theirs, or in none. */
            team: components["schemas"]["Decision"];
        };
        /** @description Whether requests should come here. */
        Readiness: {
            checks: components["schemas"]["Check"][];
            status: string;
        };
        /** @description Who takes over from somebody who leaves: a person or a team; with neither, each conversation goes back to its queue. */
        ReassignTo: {
            team_id?: components["schemas"]["TeamId"] | null;
            user_id?: components["schemas"]["UserId"] | null;
        };
        /** @description One's own password once more. */
        Reauthentication: {
            password: string;
        };
        /** @description Codes for the day the device is lost, each good once. Shown this once; those before are void. */
        RecoveryCodes: {
            recovery_codes: string[];
        };
        /** @description A new password by a link. */
        RedeemReset: {
            new_password: string;
            token: string;
        };
        /** @description A token to exchange. */
        Refresh: {
            refresh_token: string;
        };
        /** @description What came of trying an item again. */
        Reinterpretation: {
            /** @description It has its place now and is no longer in quarantine. */
            applied: boolean;
        };
        /** @description The end of a second factor. */
        RemoveTotp: {
            code: string;
            /** @description It has to be good enough to stand alone again. */
            password: string;
        };
        /** @description All rates of a currency. */
        ReplaceRateCard: {
            rates: components["schemas"]["NewRate"][];
        };
        /** @description The same invitation with a new token. */
        ResendInvite: {
            /**
             * Format: int32
             * @description Seven days from now where nobody says.
             */
            expires_in_seconds?: number;
        };
        /**
         * @description What somebody may do; see the permissions of each operation.
         * @enum {string}
         */
        Role: "super_admin" | "admin" | "agent" | "operator";
        /** @description A role: one of the four built-in ones, which nobody changes, or one made from them. */
        RoleCard: {
            /** @description The built-in role whose walls it has. */
            base: components["schemas"]["Role"];
            id: components["schemas"]["RoleId"] | null;
            name: string;
            /** @description What is allowed on one's own. */
            permissions: string[];
            version: components["schemas"]["Position"] | null;
        };
        RoleId: string;
        /** @description All roles, the built-in ones first. */
        RoleList: {
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["RoleCard"][];
        };
        /** @description New secrets; absent ones stay. The previous app secret is accepted until the next rotation. */
        RotateSecret: {
            access_token?: string | null;
            app_secret?: string | null;
            verify_token?: string | null;
        };
        /** @description A message to send. */
        SendMessage: {
            after_pos?: components["schemas"]["Position"] | null;
            audio?: components["schemas"]["Audio"] | null;
            /** @description The client's own name for it, given back everywhere. */
            client_ref?: string | null;
            /** @description As in the Cloud API. */
            contacts?: Record<string, never>[] | null;
            document?: components["schemas"]["Document"] | null;
            image?: components["schemas"]["MediaWithCaption"] | null;
            /** @description Buttons or a list, as in the Cloud API. */
            interactive?: Record<string, never> | null;
            location?: components["schemas"]["Location"] | null;
            on_stale?: components["schemas"]["OnStale"] | null;
            reply_to_id?: components["schemas"]["MessageId"] | null;
            sticker?: components["schemas"]["Sticker"] | null;
            template?: components["schemas"]["TemplateToSend"] | null;
            text?: components["schemas"]["Text"] | null;
            type: components["schemas"]["OutboundType"];
            video?: components["schemas"]["MediaWithCaption"] | null;
        };
        /** @description Whether anything but a template can be sent. */
        ServiceWindow: {
            expires_at: components["schemas"]["Timestamp"] | null;
            open: boolean;
        };
        /** @description A signed-in device. */
        Session: {
            address: string | null;
            created_at: components["schemas"]["Timestamp"];
            /** @description Whether this is the session that asks. */
            current: boolean;
            device_name: string | null;
            id: components["schemas"]["SessionId"];
            last_seen_at: components["schemas"]["Timestamp"];
        };
        SessionId: string;
        /** @description Sessions. */
        SessionPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Session"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @description Whom to give it to. */
        SetAssignment: {
            assignee_id: components["schemas"]["UserId"] | null;
            expected_assignee_id?: components["schemas"]["UserId"] | null;
            team_id?: components["schemas"]["TeamId"] | null;
        };
        /** @description The brands somebody works for. */
        SetBrands: {
            /** @description Null: all, also those to come. */
            brand_ids: components["schemas"]["BrandId"][] | null;
        };
        /** @description A password for somebody who lost theirs. */
        SetPassword: {
            new_password: string;
        };
        SetPriority: {
            priority: components["schemas"]["Priority"];
        };
        /** @description One's sign under a message. */
        SetReaction: {
            emoji: string;
        };
        SetRead: {
            up_to_message_id?: components["schemas"]["MessageId"] | null;
        };
        /** @description A user's new role. */
        SetRole: {
            custom_role_id?: components["schemas"]["RoleId"] | null;
            role: components["schemas"]["Role"];
        };
        SetSnooze: {
            until: components["schemas"]["Timestamp"];
        };
        SetStatus: {
            reason?: string | null;
            status: components["schemas"]["SettableStatus"];
        };
        /** @description What a member is. */
        SetTeamMember: {
            /** @description Absent: no. */
            lead?: boolean | null;
        };
        /** @description All teams somebody is in. */
        SetTeams: {
            /** @description Those that are not named are left, as far as you may change them. */
            team_ids: components["schemas"]["TeamId"][];
        };
        /**
         * @description Snoozing has an end and therefore a resource of its own.
         * @enum {string}
         */
        SettableStatus: "open" | "pending" | "resolved";
        /** @description What the workspace decides for itself. */
        Settings: {
            agents: components["schemas"]["AgentSettings"];
            /** @description Texts that leave a resolved conversation resolved. */
            courtesy_phrases: string[];
            /**
             * Format: int64
             * @description A customer who writes within this time after `resolved` reopens the conversation.
             */
            reopen_window_seconds: number;
            version: components["schemas"]["Position"];
        };
        /** @description What comes of signing in with a password. */
        SignedIn: components["schemas"]["Tokens"] | components["schemas"]["MfaRequired"];
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
        /** @description One try to hand a message over, or one report about it. */
        StatusReport: {
            at: components["schemas"]["Timestamp"];
            /**
             * Format: int32
             * @description The try it belongs to, from 1; null for what the provider reported later.
             */
            attempt: number | null;
            error: components["schemas"]["MessageError"] | null;
            status: components["schemas"]["MessageStatus"];
        };
        /** @description Everything known about a message's way, oldest first. */
        StatusReports: {
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["StatusReport"][];
        };
        Sticker: {
            id: components["schemas"]["MediaId"];
        };
        /** @description A team. */
        Team: {
            brand_id: components["schemas"]["BrandId"] | null;
            id: components["schemas"]["TeamId"];
            /** @description Whether you are a member. */
            member: boolean;
            name: string;
            version: components["schemas"]["Position"];
            walls: components["schemas"]["Walls"];
        };
        TeamId: string;
        /** @description Somebody in a team. */
        TeamMember: {
            /** @description Looks after the team. */
            lead: boolean;
            name: string;
            user_id: components["schemas"]["UserId"];
        };
        /** @description The members of a team. */
        TeamMemberPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["TeamMember"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @description Teams. */
        TeamPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Team"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @description A template of a WhatsApp Business Account, as the provider last told. Its words are the provider's. */
        Template: {
            category: string | null;
            /** @description In the Cloud API's shape; null when only its name is known. */
            components: Record<string, never>[] | null;
            id: components["schemas"]["TemplateId"];
            language: string;
            name: string;
            quality: string | null;
            reason: string | null;
            status: string | null;
            waba_id: string;
        };
        TemplateId: string;
        TemplateLanguage: {
            code: string;
            policy?: components["schemas"]["LanguagePolicy"] | null;
        };
        /** @description Templates. */
        TemplatePage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["Template"][];
            page: components["schemas"]["PageInfo"];
        };
        /** @description What a look at the provider's list came to. */
        TemplateSync: {
            /**
             * Format: int32
             * @description Templates the account has.
             */
            count: number;
        };
        /** @description A template by name and language with its parameters. */
        TemplateToSend: {
            /** @description As in the Cloud API. */
            components?: Record<string, never>[] | null;
            language: components["schemas"]["TemplateLanguage"];
            name: string;
        };
        Text: {
            body: string;
            preview_url?: boolean | null;
        };
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
        /** @description What a client holds while it is signed in. */
        Tokens: {
            /** @description Goes into `Authorization: Bearer …`. */
            access_token: string;
            /**
             * Format: int32
             * @description Seconds the access token is good for.
             */
            expires_in: number;
            /** @description Good for one exchange. */
            refresh_token: string;
            /** @description Always `Bearer`. */
            token_type: string;
            user: components["schemas"]["User"];
        };
        /** @description A code of the authenticator app. */
        TotpCode: {
            code: string;
        };
        /** @description A secret for an authenticator app. It counts once a code from it was shown. */
        TotpEnrolment: {
            /** @description The same for a QR code. */
            otpauth_uri: string;
            /** @description Base32, for typing. */
            secret: string;
        };
        /** @description Whether signing in asks for a code. */
        TotpState: {
            enabled: boolean;
            /** Format: int32 */
            recovery_codes_left: number;
        };
        /** @description A number's traffic in a month. */
        Traffic: {
            channel_id: components["schemas"]["ChannelId"];
            conversations_opened: components["schemas"]["Position"];
            messages_in: components["schemas"]["Position"];
            /** @description Taken by the provider, or written in the phone app. */
            messages_out: components["schemas"]["Position"];
            month: string;
        };
        /** @description Messages without a rate. */
        UnpricedUsage: {
            category: string;
            channel_id: components["schemas"]["ChannelId"];
            /** @description Country calling code of the recipient, or `unknown`. */
            market: string;
            messages: components["schemas"]["Position"];
            month: string;
        };
        /** @description A change of what Agents may do. Absent fields stay. */
        UpdateAgentSettings: {
            resolve_team?: boolean;
            see_team?: boolean;
        };
        /** @description A change of a key. Absent fields stay, null clears. */
        UpdateApiKey: {
            allowed_ips?: string[];
            brand_ids?: components["schemas"]["BrandId"][] | null;
            expires_at?: components["schemas"]["Timestamp"] | null;
            name?: string;
            role?: components["schemas"]["Role"];
            scopes?: string[];
            team_ids?: components["schemas"]["TeamId"][] | null;
        };
        /** @description A change of the contract. Absent fields stay, null clears. */
        UpdateBilling: {
            billing_contact?: components["schemas"]["UpdateBillingContact"] | null;
            plan?: string | null;
            renewal_date?: string | null;
            /** Format: int32 */
            seats?: number | null;
        };
        /** @description A change of the billing contact; where there was none, both are needed. */
        UpdateBillingContact: {
            email?: string | null;
            name?: string | null;
        };
        /** @description A change of a channel. Absent fields stay. */
        UpdateChannel: {
            default_team_id?: components["schemas"]["TeamId"] | null;
            enabled?: boolean | null;
            graph_base_url?: string | null;
            graph_version?: string | null;
            name?: string | null;
            phone_e164?: string | null;
        };
        UpdateContact: {
            name?: string | null;
        };
        /** @description A change of a role. Absent fields stay. */
        UpdateRole: {
            name?: string;
            permissions?: string[];
        };
        /** @description A change of the settings. Absent fields stay. */
        UpdateSettings: {
            agents?: components["schemas"]["UpdateAgentSettings"];
            /** @description Lower case, without closing punctuation. */
            courtesy_phrases?: string[];
            /** Format: int64 */
            reopen_window_seconds?: number;
        };
        /** @description A change of a team. Absent fields stay. */
        UpdateTeam: {
            name?: string;
            walls?: components["schemas"]["Walls"];
        };
        /** @description A change of a user. Absent fields stay. */
        UpdateUser: {
            email?: string;
            name?: string;
        };
        /** @description Usage of some months. */
        Usage: {
            as_of: components["schemas"]["Position"];
            from: string;
            /** @description Messages that arrived, as the provider bills them: each once. */
            messages: components["schemas"]["MessageUsage"][];
            to: string;
            traffic: components["schemas"]["Traffic"][];
            workspace: components["schemas"]["WorkspaceUsage"][];
        };
        /** @description What some messages cost. */
        UsageCost: {
            category: string;
            channel_id: components["schemas"]["ChannelId"];
            cost_micros: components["schemas"]["Position"];
            /** @description Country calling code of the recipient, or `unknown`. */
            market: string;
            messages: components["schemas"]["Position"];
            month: string;
            /**
             * Format: int64
             * @description Of one message, in millionths of the currency's unit.
             */
            price_micros: number;
        };
        /** @description Billable messages of some months at the rates that held. */
        UsageCosts: {
            as_of: components["schemas"]["Position"];
            costs: components["schemas"]["UsageCost"][];
            currency: components["schemas"]["Currency"];
            from: string;
            to: string;
            /** @description Millionths of the currency's unit. */
            total_micros: components["schemas"]["Position"];
            /** @description What the card has no rate for; not in the total. */
            unpriced: components["schemas"]["UnpricedUsage"][];
        };
        /** @description A member of the support team. */
        User: {
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
        /** @description Users. */
        UserPage: {
            /** @description The position of the log this page reflects. */
            as_of: components["schemas"]["Position"];
            data: components["schemas"]["User"][];
            page: components["schemas"]["PageInfo"];
        };
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
        /**
         * @description Whether a team's conversations are its own business.
         * @enum {string}
         */
        Walls: "closed" | "open";
        /** @description Where to go from here. */
        Welcome: {
            /** @description The API browser. */
            docs: string;
            name: string;
            /** @description The contract. */
            openapi: string;
            version: string;
        };
        /** @description The workspace in a month. */
        WorkspaceUsage: {
            /** @description Users who did anything. */
            active_users: components["schemas"]["Position"];
            month: string;
            /** @description Bytes of files kept at the month's end, or now. */
            stored_bytes: components["schemas"]["Position"];
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
