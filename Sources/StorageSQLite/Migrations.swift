import GRDB
import Storage

/// The tables, version by version. `PRAGMA user_version` holds how many of them a file has had.
///
/// A version that was released is never edited: a change is a new one at the end.
///
/// Times are whole milliseconds since 1970 in UTC, columns `…_ms`.
enum Migrations {
    static let versions = [version1, version2]

    /// Brings the file up to date, all versions in one transaction. Throws `.unavailable` for a file of a later Bellhop.
    static func run(on db: Database) throws {
        try db.inTransaction(.immediate) {
            let done = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            guard done <= versions.count else {
                throw StoreError.unavailable(
                    "it was written by a later Bellhop (tables of version \(done), this one knows \(versions.count))")
            }
            for sql in versions.dropFirst(done) { try db.execute(sql: sql) }
            try db.execute(sql: "PRAGMA user_version = \(versions.count)")
            return .commit
        }
    }

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
}
