import GRDB
import Storage

/// The tables, version by version. `PRAGMA user_version` holds how many of them a file has had.
///
/// A version that was released is never edited: a change is a new one at the end.
///
/// Times are whole milliseconds since 1970 in UTC, columns `…_ms`.
enum Migrations {
    static let versions = [version1, version2, version3, version4, version5, version6]

    /// Brings the file up to date, all versions in one transaction. Throws `.unavailable` for a file of a later Bellhop.
    static func run(on db: Database) throws {
        try db.inTransaction(.immediate) {
            let done = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            guard done <= versions.count else {
                throw StoreError.unavailable(
                    "it was written by a later Bellhop (tables of version \(done), this one knows \(versions.count))")
            }
            for sql in versions.dropFirst(done) { try db.execute(sql: sql) }
            if done < versions.count { try readSchemaAgain(on: db) }
            try db.execute(sql: "PRAGMA user_version = \(versions.count)")
            try db.execute(sql: removedBefore)
            return .commit
        }
    }

    /// After versions that wrote to the schema itself, of which SQLite knows nothing.
    private static func readSchemaAgain(on db: Database) throws {
        let version = try Int.fetchOne(db, sql: "PRAGMA schema_version") ?? 0
        try db.execute(sql: "PRAGMA schema_version = \(version + 1)")
        db.clearSchemaCache()
    }

    /// The count of removed events, which pruning keeps, begins with what an earlier Bellhop had removed without counting.
    private static let removedBefore = """
        INSERT INTO meta(key, value)
        SELECT 'events_removed',
            coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'inbox'), 0) - (SELECT count(*) FROM inbox)
        WHERE NOT EXISTS (SELECT 1 FROM meta WHERE key = 'events_removed')
        """

    private static let version1 = """
        -- One authentic webhook; the events that it brought are rows of inbox.
        CREATE TABLE webhook(
            id          INTEGER PRIMARY KEY,
            account     TEXT NOT NULL,
            vendor      TEXT NOT NULL,
            received_ms INTEGER NOT NULL,
            body        BLOB NOT NULL
        ) STRICT;

        -- Events in order of arrival.
        CREATE TABLE inbox(
            id           INTEGER PRIMARY KEY AUTOINCREMENT,
            webhook_id   INTEGER NOT NULL REFERENCES webhook(id),
            event_id     TEXT NOT NULL,
            account      TEXT NOT NULL,
            conversation TEXT NOT NULL,
            kind         TEXT NOT NULL,
            status       INTEGER NOT NULL DEFAULT 0 CHECK (status IN (0, 1, 2)),  -- 0 new, 1 done, 2 dead
            error        TEXT,                                                    -- why it is dead
            decided_ms   INTEGER
        ) STRICT;
        CREATE INDEX inbox_new ON inbox(id) WHERE status = 0;
        CREATE INDEX inbox_dead ON inbox(id) WHERE status = 2;
        CREATE INDEX inbox_webhook ON inbox(webhook_id);

        -- Every event id that was ever accepted: outlives inbox, so that a late redelivery still changes nothing.
        CREATE TABLE seen(
            event_id TEXT PRIMARY KEY,
            inbox_id INTEGER NOT NULL,
            at_ms    INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE conversation(
            account      TEXT NOT NULL,
            conversation TEXT NOT NULL,
            version      INTEGER NOT NULL,            -- grows by one with every stored state
            state        TEXT,                        -- JSON; null is the empty state
            next_seq     INTEGER NOT NULL DEFAULT 1,  -- the place of its next effect in the outbox
            changed_ms   INTEGER NOT NULL,
            PRIMARY KEY(account, conversation)
        ) STRICT;

        -- When each once_per window last began.
        CREATE TABLE cooldown(
            account TEXT NOT NULL,
            scope   TEXT NOT NULL,
            subject TEXT NOT NULL,
            rule    TEXT NOT NULL,
            at_ms   INTEGER NOT NULL,
            PRIMARY KEY(account, scope, subject, rule)
        ) STRICT, WITHOUT ROWID;

        -- Effects, in order within their conversation by seq.
        CREATE TABLE outbox(
            id            INTEGER PRIMARY KEY AUTOINCREMENT,
            account       TEXT NOT NULL,
            conversation  TEXT NOT NULL,
            seq           INTEGER NOT NULL,
            key           TEXT NOT NULL UNIQUE,        -- an effect is made once, however often its event is decided
            event_id      TEXT NOT NULL,
            rule          TEXT NOT NULL,
            effect        TEXT NOT NULL,               -- JSON
            state         INTEGER NOT NULL DEFAULT 0   -- 0 pending, 1 being sent, 2 waits for another attempt, 4 done, 5 dead
                          CHECK (state IN (0, 1, 2, 4, 5)),
            attempt       INTEGER NOT NULL DEFAULT 0,
            not_before_ms INTEGER NOT NULL,
            -- not_before_ms while it may be claimed from then on, that is: it is the first open one of its conversation and
            -- not being sent. Null otherwise. Kept by Outbox.swift so that a claim reads only rows that it takes.
            due_ms        INTEGER,
            created_ms    INTEGER NOT NULL,
            uncertain     INTEGER NOT NULL DEFAULT 0,  -- 1: an earlier attempt may have been processed
            remote_id     TEXT,                        -- what the vendor calls what was made
            reason        TEXT,                        -- why the last attempt failed
            message       TEXT,                        -- why it is dead, for people
            settled_ms    INTEGER
        ) STRICT;
        CREATE INDEX outbox_due ON outbox(due_ms, id) WHERE due_ms IS NOT NULL;
        CREATE UNIQUE INDEX outbox_open ON outbox(account, conversation, seq) WHERE state < 4;
        CREATE INDEX outbox_sending ON outbox(id) WHERE state = 1;
        CREATE INDEX outbox_dead ON outbox(id) WHERE state = 5;

        -- Ids of messages that Bellhop made: what comes in under them is our own.
        CREATE TABLE echo(
            account    TEXT NOT NULL,
            message_id TEXT NOT NULL,
            at_ms      INTEGER NOT NULL,
            PRIMARY KEY(account, message_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
        """

    private static let version2 = """
        -- 1: not from a vendor. A timer came up or a call was answered, and body is the JSON of an InternalEvent.
        ALTER TABLE webhook ADD COLUMN source INTEGER NOT NULL DEFAULT 0 CHECK (source IN (0, 1));

        -- What happens in a conversation at a time. Set in the boot boot_id, it is due when the clock since boot of that boot
        -- shows boot_due_ms; in any other boot, when the wall clock shows due_ms.
        CREATE TABLE timer(
            account      TEXT NOT NULL,
            conversation TEXT NOT NULL,
            name         TEXT NOT NULL,
            due_ms       INTEGER NOT NULL,
            boot_id      TEXT NOT NULL,
            boot_due_ms  INTEGER NOT NULL,
            place        INTEGER NOT NULL,  -- the order of a conversation's timers that come up together
            vendor       TEXT NOT NULL,
            event_id     TEXT NOT NULL,     -- of the event that it will be
            kind         TEXT NOT NULL,
            event        TEXT NOT NULL,     -- JSON of an InternalEvent
            PRIMARY KEY(account, conversation, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX timer_boot ON timer(boot_id, boot_due_ms, place);
        CREATE INDEX timer_wall ON timer(boot_id, due_ms, place);

        -- 1: it waits beside the line of its conversation until its time has come, by boot_id and boot_due_ms as for a timer, in
        -- another boot by not_before_ms.
        ALTER TABLE outbox ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1));
        ALTER TABLE outbox ADD COLUMN boot_id TEXT;
        ALTER TABLE outbox ADD COLUMN boot_due_ms INTEGER;
        CREATE INDEX outbox_held_boot ON outbox(boot_id, boot_due_ms, id) WHERE held = 1;
        CREATE INDEX outbox_held_wall ON outbox(boot_id, not_before_ms, id) WHERE held = 1;
        """

    private static let version3 = """
        -- JSON of the headers that reading the body again needs; null without any.
        ALTER TABLE webhook ADD COLUMN headers TEXT;
        -- 0: body and headers were removed, the rest is kept.
        ALTER TABLE webhook ADD COLUMN has_body INTEGER NOT NULL DEFAULT 1 CHECK (has_body IN (0, 1));
        CREATE INDEX webhook_received ON webhook(has_body, received_ms);

        -- Of status 1. 1: it was dead, and somebody discarded it.
        ALTER TABLE inbox ADD COLUMN discarded INTEGER NOT NULL DEFAULT 0 CHECK (discarded IN (0, 1));
        UPDATE inbox SET decided_ms = (SELECT received_ms FROM webhook WHERE webhook.id = inbox.webhook_id)
        WHERE status = 2 AND decided_ms IS NULL;
        DROP INDEX inbox_dead;
        CREATE INDEX inbox_died ON inbox(decided_ms, id) WHERE status = 2;

        -- The event's row; it may be removed before this one.
        ALTER TABLE outbox ADD COLUMN inbox_id INTEGER;
        -- JSON: why it was decided.
        ALTER TABLE outbox ADD COLUMN origin TEXT;
        -- Of state 4. 0: it was sent. Never sent: 1 a dead one that somebody discarded, 2 suppressed, 3 unsupported, 4 applied.
        ALTER TABLE outbox ADD COLUMN ending INTEGER NOT NULL DEFAULT 0 CHECK (ending IN (0, 1, 2, 3, 4));
        -- Attempts of lives that ended as a dead letter that somebody retried.
        ALTER TABLE outbox ADD COLUMN attempts_before INTEGER NOT NULL DEFAULT 0;
        -- When it was last claimed.
        ALTER TABLE outbox ADD COLUMN claimed_ms INTEGER;
        -- JSON without secrets: what the last attempt sent.
        ALTER TABLE outbox ADD COLUMN request TEXT;
        -- The effect that failed for good and took this one with it.
        ALTER TABLE outbox ADD COLUMN cancelled_by INTEGER;
        CREATE INDEX outbox_event ON outbox(event_id);
        CREATE INDEX outbox_conversation ON outbox(account, conversation, id);
        CREATE INDEX outbox_turn ON outbox(account, due_ms, id) WHERE due_ms IS NOT NULL;
        DROP INDEX outbox_sending;
        CREATE INDEX outbox_sending ON outbox(account) WHERE state = 1;
        UPDATE outbox SET inbox_id = (SELECT inbox_id FROM seen WHERE seen.event_id = outbox.event_id);
        UPDATE outbox SET cancelled_by = (
            SELECT cause.id FROM outbox AS cause
            WHERE cause.event_id = outbox.event_id AND cause.rule = outbox.rule AND cause.account = outbox.account
                AND cause.conversation = outbox.conversation AND cause.state = 5 AND cause.reason <> 'cancelled'
            LIMIT 1)
        WHERE state = 5 AND reason = 'cancelled';
        DROP INDEX outbox_dead;
        CREATE INDEX outbox_died ON outbox(settled_ms, id) WHERE state = 5 AND cancelled_by IS NULL;
        CREATE INDEX outbox_cancelled ON outbox(cancelled_by) WHERE state = 5 AND cancelled_by IS NOT NULL;

        -- What was done about an effect, and what came of it.
        CREATE TABLE attempt(
            outbox_id   INTEGER NOT NULL REFERENCES outbox(id),
            number      INTEGER NOT NULL,
            at_ms       INTEGER NOT NULL,
            outcome     TEXT NOT NULL,  -- an AttemptOutcome
            status      INTEGER,        -- of the answer
            answer      TEXT,           -- without secrets
            duration_ms INTEGER,        -- null: it was under way when the process died
            PRIMARY KEY(outbox_id, number)
        ) STRICT, WITHOUT ROWID;

        -- The effect that made the message.
        ALTER TABLE echo ADD COLUMN outbox_id INTEGER;
        UPDATE echo SET outbox_id = outbox.id FROM outbox
        WHERE echo.account = outbox.account AND echo.message_id = outbox.remote_id;

        -- In the order in which they are forgotten.
        CREATE INDEX echo_at ON echo(at_ms);
        CREATE INDEX seen_at ON seen(at_ms);
        CREATE INDEX cooldown_at ON cooldown(at_ms);
        """

    private static let version4 = """
        -- Null: it came in. Else it is only a capture from elsewhere without rows of inbox, and this is a hash of account and
        -- body, by which the same one is found when it is imported again.
        ALTER TABLE webhook ADD COLUMN import_hash INTEGER;
        CREATE INDEX webhook_imported ON webhook(received_ms, import_hash) WHERE import_hash IS NOT NULL;

        -- What an imported webhook tells. Nothing here is ever decided.
        CREATE TABLE imported_event(
            webhook_id   INTEGER NOT NULL REFERENCES webhook(id),
            place        INTEGER NOT NULL,
            event_id     TEXT NOT NULL,
            account      TEXT NOT NULL,
            conversation TEXT NOT NULL,
            kind         TEXT NOT NULL,
            PRIMARY KEY(webhook_id, place)
        ) STRICT, WITHOUT ROWID;
        """

    private static let version5 = """
        -- How often the process died over it.
        ALTER TABLE inbox ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
        -- An EventFailure: why it is dead. Null also for what died before this was kept.
        ALTER TABLE inbox ADD COLUMN reason TEXT;
        """

    /// SQLite makes a table of its own for every row that is checked against a list of more than two values, which was a
    /// quarter of what an accepted event cost. The checks say the same now, without a list. Tables need not be written anew for
    /// that: see <https://www.sqlite.org/lang_altertable.html>, "Making Other Kinds Of Table Schema Changes".
    private static let version6 = """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (status IN (0, 1, 2))', 'CHECK (status BETWEEN 0 AND 2)')
        WHERE type = 'table' AND name = 'inbox';
        UPDATE sqlite_schema SET sql = replace(
            replace(sql, 'CHECK (state IN (0, 1, 2, 4, 5))', 'CHECK (state BETWEEN 0 AND 5 AND state <> 3)'),
            'CHECK (ending IN (0, 1, 2, 3, 4))', 'CHECK (ending BETWEEN 0 AND 4)')
        WHERE type = 'table' AND name = 'outbox';
        PRAGMA writable_schema = OFF;
        """
}
