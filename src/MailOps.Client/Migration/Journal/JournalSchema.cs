using System.Globalization;

namespace MailOps.Client.Migration.Journal;

/// <summary>The tables of a journal, and how a file is known as one.</summary>
internal static class JournalSchema
{
    // "MOcj" in the head of the file, where SQLite has a place for it.
    private const long Application = 0x4D4F636A;
    private const long Version = 1;

    // Ids are of no type: JournalValue says which. generation counts how often the source was seen to number its messages
    // anew; entries of an earlier one are orphans, and none has to be touched when it happens. Entries lie in the tree of
    // their key, so that a copy that goes through a folder in order writes and reads page after page.
    private const string Tables = """
        CREATE TABLE pair (source TEXT NOT NULL, target TEXT NOT NULL) STRICT;
        CREATE TABLE folder (
          id INTEGER PRIMARY KEY,
          source ANY NOT NULL,
          target ANY NOT NULL,
          source_epoch TEXT NOT NULL,
          target_epoch TEXT NOT NULL,
          source_state TEXT,
          target_state TEXT,
          generation INTEGER NOT NULL,
          UNIQUE (source, target)
        ) STRICT;
        CREATE TABLE entry (
          folder INTEGER NOT NULL,
          generation INTEGER NOT NULL,
          source_id ANY NOT NULL,
          state INTEGER NOT NULL,
          hash BLOB NOT NULL,
          size INTEGER NOT NULL,
          target_id ANY,
          flags TEXT,
          reason TEXT,
          PRIMARY KEY (folder, generation, source_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX begun ON entry (folder, generation, source_id) WHERE state = 0;
        """;

    /// <summary>Makes the tables in an empty file, or holds what is there against what it should be.</summary>
    /// <exception cref="MigrationException">It is something else, damaged, of a newer version, or of other mailboxes; and untouched.</exception>
    public static void Prepare(JournalDatabase database, string from, string to)
    {
        var path = database.Path;
        var isNew = Number(database, "PRAGMA application_id") == 0 && Number(database, "SELECT count(*) FROM sqlite_schema") == 0;
        if (!isNew)
        {
            if (Number(database, "PRAGMA application_id") != Application)
                throw JournalFailure.NotAJournal(path, "it is an SQLite file of another program");
            if (Number(database, "PRAGMA user_version") is > Version and var version)
                throw new MigrationException(MigrationFault.JournalTooNew, string.Create(CultureInfo.InvariantCulture, $"The journal {path} is of a newer version of MailOps (format {version}; this one knows {Version}). Update MailOps, or begin a new journal: what the target already has is found by its content."));
            if (database.Rows("PRAGMA quick_check(1)", row => row.GetString(0)) is not ["ok"] and [var complaint, ..])
                throw JournalFailure.Damaged(path, complaint.ReplaceLineEndings(" "));
            if (database.Rows("SELECT source, target FROM pair", row => (From: row.GetString(0), To: row.GetString(1))) is var pairs && pairs is not [var pair])
                throw JournalFailure.Damaged(path, "it does not say whose it is");
            if (pair != (from, to))
                throw new MigrationException(MigrationFault.JournalOfOtherMailboxes, $"The journal {path} is of the copy from {pair.From} to {pair.To}, not from {from} to {to}. Give this copy a journal of its own.");
        }

        database.MakeDurable();
        if (isNew)
        {
            database.Write(() =>
            {
                database.Run(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {Application}; PRAGMA user_version = {Version}"));
                database.Run(Tables);
                database.Run("INSERT INTO pair (source, target) VALUES ($1, $2)", from, to);
            });
        }
    }

    private static long Number(JournalDatabase database, string text) => database.Rows(text, row => row.GetInt64(0))[0];
}
