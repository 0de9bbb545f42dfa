using Microsoft.Data.Sqlite;

namespace MailOps.Client.Migration.Journal;

/// <summary>SQLite's errors in the words of who copies mail.</summary>
internal static class JournalFailure
{
    // Result codes, https://www.sqlite.org/rescode.html
    private const int Perm = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CantOpen = 14;
    private const int Auth = 23;
    private const int NotADatabase = 26;

    private const string Anew = "Move it away and begin a new journal: what the target already has is found by its content, and not copied twice.";

    /// <summary>The error for one of SQLite.</summary>
    public static MigrationException Of(string path, SqliteException thrown) => thrown.SqliteErrorCode switch
    {
        Busy or Locked => new MigrationException(
            MigrationFault.JournalInUse,
            $"The journal {path} is in use by another copy. Wait until that is done, or stop it: a journal takes one at a time.",
            thrown),
        Full => new MigrationException(
            MigrationFault.JournalFull,
            $"The disk has no room for the journal {path}. Make some and run the copy again: it goes on where it stopped.",
            thrown),
        Corrupt => Damaged(path, thrown.Message, thrown),
        NotADatabase => NotAJournal(path, "it is no SQLite file, or the head of it is damaged", thrown),
        Perm or ReadOnly or CantOpen or Auth => NotWritable(path, thrown),
        _ => new MigrationException(
            MigrationFault.JournalFailed,
            $"The journal {path} cannot be read or written: {thrown.Message} (SQLite {thrown.SqliteExtendedErrorCode}). If the disk is in order, run the copy again: it goes on where it stopped. Otherwise {char.ToLowerInvariant(Anew[0])}{Anew[1..]}",
            thrown),
    };

    /// <summary>The file has pages that are not as SQLite writes them.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="what">What was found.</param>
    /// <param name="thrown">SQLite's error, where there was one.</param>
    public static MigrationException Damaged(string path, string what, Exception? thrown = null) =>
        new(MigrationFault.JournalDamaged, $"The journal {path} is damaged ({what.TrimEnd('.')}). {Anew}", thrown);

    /// <summary>The file is something else.</summary>
    public static MigrationException NotAJournal(string path, string what, Exception? thrown = null) =>
        new(MigrationFault.NotAJournal, $"{path} is not the journal of a copy: {what}. Give the copy another place for its journal. If it was one, move it away: what the target already has is found by its content.", thrown);

    /// <summary>SQLite itself does not load.</summary>
    public static MigrationException NotSupported(Exception thrown)
    {
        var cause = thrown;
        while (cause.InnerException is not null)
            cause = cause.InnerException;
        return new MigrationException(MigrationFault.JournalNotSupported, $"A journal needs SQLite, which cannot be loaded here: {cause.Message.ReplaceLineEndings(" ").TrimEnd()}", thrown);
    }

    private static MigrationException NotWritable(string path, SqliteException thrown)
    {
        var folder = Path.GetDirectoryName(path);
        var why = folder is not null && !Directory.Exists(folder) ? $"the folder {folder} does not exist. Make it first"
            : Directory.Exists(path) ? "that is a folder. Name a file in it"
            : $"{thrown.Message.TrimEnd('.')}. Name a file that you may write, in a folder where you may make files";
        return new MigrationException(MigrationFault.JournalNotWritable, $"The journal {path} cannot be made or written: {why}.", thrown);
    }
}
