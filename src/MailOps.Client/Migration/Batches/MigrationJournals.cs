using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailOps.Client.Migration.Journal;

namespace MailOps.Client.Migration.Batches;

/// <summary>
/// The journals of a store's mailboxes. On one machine they are files beside the store. Where workers are on several, each keeps its files and the store
/// has what they were after the last pass: whoever has a mailbox next goes on from that. What a journal does not tell is found by content.
/// </summary>
internal sealed class MigrationJournals
{
    private readonly MigrationDatabase _database;
    private readonly SharedJournals _shared;
    private readonly string _folder;

    /// <summary>The journals of a store.</summary>
    /// <param name="database">The store.</param>
    /// <param name="folder">Where this worker keeps its files; it is made.</param>
    public MigrationJournals(MigrationDatabase database, string folder)
    {
        (_database, _shared, _folder) = (database, new SharedJournals(database), Path.GetFullPath(folder));
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(_folder);
            else
                Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The folder {_folder} for journals cannot be made: {e.Message} Give -WorkPath another.", e);
        }
    }

    private bool AreShared => _database.Path is null;

    /// <summary>Where a worker keeps its files if nobody says.</summary>
    public static string UsualFolder(MigrationDatabase database, string worker) => database.Path is { } path
        ? path + ".work"
        : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "MailOps", "Migrations", worker);

    /// <summary>The folder for messages of a mailbox that are refused.</summary>
    public string QuarantineOf(MigrationUser user) => PathOf(user) + ".quarantine";

    /// <summary>Opens the journal of a mailbox, as it was left by whichever worker had it last.</summary>
    public async Task<CopyJournal> OpenAsync(MigrationUser user, CancellationToken cancel)
    {
        var path = PathOf(user);
        // Another version than this worker's last was kept by another worker since.
        if (AreShared && await _shared.VersionAsync(user, cancel).ConfigureAwait(false) is not 0 and var there && there != Local(path).Version)
            await FetchAsync(user, path, there, cancel).ConfigureAwait(false);
        return CopyJournal.Open(path, user.From, user.To);
    }

    /// <summary>Gives a closed journal to whoever has the mailbox next, if it is another than it was; of a worker that has lost its claim nothing is taken.</summary>
    public async Task KeepAsync(MigrationUser user, CancellationToken cancel)
    {
        var path = PathOf(user);
        if (!AreShared || !File.Exists(path))
            return;
        var (hash, known) = (await SharedJournals.HashAsync(path, cancel).ConfigureAwait(false), Local(path));
        if (known.Version != 0 && known.Hash == hash && await _shared.VersionAsync(user, cancel).ConfigureAwait(false) == known.Version)
            return;
        if (await _shared.SendAsync(user, path, hash, cancel).ConfigureAwait(false) is { } version)
            await NoteAsync(path, version, hash, cancel).ConfigureAwait(false);
    }

    private string PathOf(MigrationUser user) => Path.Join(_folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{user.BatchName}\n{user.Identity}\n{user.From}\n{user.To}")))[..32] + ".journal");

    private static string VersionPath(string path) => path + ".version";

    // What was last kept or fetched here.
    private static (long Version, UInt128 Hash) Local(string path)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(VersionPath(path)).Split(' ') is [var text, .. var rest] && long.TryParse(text, CultureInfo.InvariantCulture, out var version)
                ? (version, rest is [var hex] && UInt128.TryParse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hash) ? hash : 0)
                : default;
        }
        catch (IOException)
        {
            return default;
        }
    }

    private static Task NoteAsync(string path, long version, UInt128 hash, CancellationToken cancel) => File.WriteAllTextAsync(VersionPath(path), string.Create(CultureInfo.InvariantCulture, $"{version} {hash:x}"), cancel);

    private async Task FetchAsync(MigrationUser user, string path, long version, CancellationToken cancel)
    {
        var partial = path + ".part";
        if (await _shared.FetchAsync(user, version, partial, cancel).ConfigureAwait(false) is not { } hash)
        {
            // What the one that is here, or none, does not tell is found by content.
            File.Delete(partial);
            return;
        }

        // What belongs to the older file must not be taken for a part of this one.
        File.Delete(path + "-wal");
        File.Delete(VersionPath(path));
        File.Move(partial, path, overwrite: true);
        await NoteAsync(path, version, hash, cancel).ConfigureAwait(false);
    }
}
