using System.Data.Common;
using System.Globalization;
using System.IO.Compression;
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
    private const int PartSize = 1024 * 1024;
    private const long LastPart = int.MaxValue;
    private const string PartText = "INSERT INTO mailops_journal (batch, identity, version, part, octets) VALUES (@batch, @identity, @version, @part, @octets) ON CONFLICT (batch, identity, version, part) DO UPDATE SET octets = excluded.octets";

    private readonly MigrationDatabase _database;
    private readonly string _folder;

    /// <summary>The journals of a store.</summary>
    /// <param name="database">The store.</param>
    /// <param name="folder">Where this worker keeps its files; it is made.</param>
    public MigrationJournals(MigrationDatabase database, string folder)
    {
        (_database, _folder) = (database, Path.GetFullPath(folder));
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
        if (AreShared && await VersionAsync(user, cancel).ConfigureAwait(false) is var there && there > LocalVersion(path))
            await FetchAsync(user, path, there, cancel).ConfigureAwait(false);
        return CopyJournal.Open(path, user.From, user.To);
    }

    /// <summary>Gives a closed journal to whoever has the mailbox next; of a worker that has lost its claim nothing is taken.</summary>
    public async Task KeepAsync(MigrationUser user, CancellationToken cancel)
    {
        var path = PathOf(user);
        if (!AreShared || !File.Exists(path))
            return;
        (string, object?)[] whose = [("batch", user.BatchName), ("identity", user.Identity)];
        var version = (await _database.ReadAsync("SELECT coalesce(max(version), 0) FROM mailops_journal WHERE batch = @batch AND identity = @identity", row => row.GetInt64(0), cancel, whose).ConfigureAwait(false))[0] + 1;
        var part = 0L;

        // Part by part, so that others are not held up; it counts when the last, which is empty, is there.
        await foreach (var octets in PackedAsync(path, cancel).ConfigureAwait(false))
            await WritePartAsync(user, version, part++, octets, cancel).ConfigureAwait(false);
        var isKept = await _database.WriteAsync(
            async connection =>
            {
                var isOurs = (await MigrationDatabase.ReadAsync(connection, $"SELECT 1 FROM mailops_user WHERE batch = @batch AND identity = @identity AND passes = @pass AND lease >= {_database.Now}", _ => true, cancel, [.. whose, ("pass", (long)user.Passes)]).ConfigureAwait(false)).Count > 0;
                if (isOurs)
                    await MigrationDatabase.RunAsync(connection, PartText, cancel, [.. whose, ("version", version), ("part", LastPart), ("octets", Array.Empty<byte>())]).ConfigureAwait(false);
                await MigrationDatabase.RunAsync(connection, $"DELETE FROM mailops_journal WHERE batch = @batch AND identity = @identity AND version {(isOurs ? "<" : "=")} @version", cancel, [.. whose, ("version", version)]).ConfigureAwait(false);
                return isOurs;
            },
            cancel).ConfigureAwait(false);
        if (isKept)
            await File.WriteAllTextAsync(VersionPath(path), FormattableString.Invariant($"{version}"), cancel).ConfigureAwait(false);
    }

    private async Task WritePartAsync(MigrationUser user, long version, long part, byte[] octets, CancellationToken cancel)
    {
        await using var connection = await _database.OpenAsync(cancel).ConfigureAwait(false);
        try
        {
            await MigrationDatabase.RunAsync(connection, PartText, cancel, ("batch", user.BatchName), ("identity", user.Identity), ("version", version), ("part", part), ("octets", octets)).ConfigureAwait(false);
        }
        catch (DbException e)
        {
            throw _database.Failed(e);
        }
    }

    private string PathOf(MigrationUser user) => Path.Join(_folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{user.BatchName}\n{user.Identity}\n{user.From}\n{user.To}")))[..32] + ".journal");

    private static string VersionPath(string path) => path + ".version";

    private static long LocalVersion(string path)
    {
        try
        {
            return File.Exists(path) && long.TryParse(File.ReadAllText(VersionPath(path)), CultureInfo.InvariantCulture, out var version) ? version : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private async Task<long> VersionAsync(MigrationUser user, CancellationToken cancel) => (await _database.ReadAsync(
        $"SELECT coalesce(max(version), 0) FROM mailops_journal WHERE batch = @batch AND identity = @identity AND part = {LastPart}", row => row.GetInt64(0), cancel, ("batch", user.BatchName), ("identity", user.Identity)).ConfigureAwait(false))[0];

    private async Task FetchAsync(MigrationUser user, string path, long version, CancellationToken cancel)
    {
        var partial = path + ".part";
        await using (var packed = new FileStream(partial + ".br", FileMode.Create, FileAccess.ReadWrite, FileShare.None, PartSize, FileOptions.DeleteOnClose))
        {
            for (var part = 0L; ; part++)
            {
                var found = await _database.ReadAsync("SELECT octets FROM mailops_journal WHERE batch = @batch AND identity = @identity AND version = @version AND part = @part", row => row.GetFieldValue<byte[]>(0), cancel, ("batch", user.BatchName), ("identity", user.Identity), ("version", version), ("part", part)).ConfigureAwait(false);
                if (found is not [var octets])
                    break;
                await packed.WriteAsync(octets, cancel).ConfigureAwait(false);
            }

            packed.Position = 0;
            await using var unpacking = new BrotliStream(packed, CompressionMode.Decompress);
            await using var file = File.Create(partial);
            await unpacking.CopyToAsync(file, cancel).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        // What belongs to the older file must not be taken for a part of this one.
        File.Delete(path + "-wal");
        File.Delete(VersionPath(path));
        File.Move(partial, path, overwrite: true);
        await File.WriteAllTextAsync(VersionPath(path), FormattableString.Invariant($"{version}"), cancel).ConfigureAwait(false);
    }

    private static async IAsyncEnumerable<byte[]> PackedAsync(string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await using var packed = new FileStream(path + ".packed", FileMode.Create, FileAccess.ReadWrite, FileShare.None, PartSize, FileOptions.DeleteOnClose);
        await using (var packing = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        await using (var file = File.OpenRead(path))
            await file.CopyToAsync(packing, cancel).ConfigureAwait(false);
        packed.Position = 0;
        var buffer = new byte[PartSize];
        for (int read; (read = await packed.ReadAtLeastAsync(buffer, PartSize, throwOnEndOfStream: false, cancel).ConfigureAwait(false)) > 0;)
            yield return buffer[..read];
    }
}
