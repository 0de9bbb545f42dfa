using System.Globalization;
using System.Text;
using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Folders;

/// <summary>
/// UIDVALIDITY values of an account: the time in seconds, and always more than any before. The last one is kept the way
/// Dovecot keeps it: as eight hex digits in <c>dovecot-uidvalidity</c> and in the name of an empty file beside it. Between processes,
/// Dovecot's and ours, the rename of that file is the lock: whoever renames it away from the last value has the next one for itself.
/// </summary>
internal static class UidValidityCounter
{
    internal const string FileName = "dovecot-uidvalidity";
    private const int MostAttempts = 100;

    private static readonly Lock Turn = new();

    internal static uint Next(IMaildirDisk disk, string accountPath, TimeProvider clock, uint above = 0)
    {
        lock (Turn)
        {
            for (var attempt = 1; attempt <= MostAttempts; attempt++)
            {
                if (TryNext(disk, accountPath, clock, above) is { } value)
                    return value;
            }
        }

        throw new MailStoreException(StoreFault.Broken, $"Cannot get a new UIDVALIDITY: other programs took '{Path.Join(accountPath, FileName)}' away {MostAttempts} times.");
    }

    private static uint? TryNext(IMaildirDisk disk, string accountPath, TimeProvider clock, uint above)
    {
        var path = Path.Join(accountPath, FileName);
        var written = TryHex(Encoding.ASCII.GetString(disk.ReadAll(path) ?? []), out var value) ? value : 0;
        var markers = Markers(disk, accountPath);

        // A listing may miss a marker that is being renamed; where there was a value, there is one.
        if (markers.Count == 0 && written > 0)
            markers = Markers(disk, accountPath);
        var last = markers.Count == 0 ? 0 : markers.Max;
        var next = Math.Max((uint)clock.GetUtcNow().ToUnixTimeSeconds(), Math.Max(last, Math.Max(written, above)) + 1);
        if (!Claim(disk, path, last, next))
            return null;

        // Without a marker before ours, another process may have begun at the same time: the higher one stands.
        if (Markers(disk, accountPath) is not { Count: > 0 } now || now.Max > next)
            return null;
        foreach (var old in markers)
        {
            if (old != last)
                disk.Unlink(Name(path, old));
        }

        disk.Overwrite(path, Encoding.ASCII.GetBytes(next.ToString("x8", CultureInfo.InvariantCulture)));
        return next;
    }

    private static bool Claim(IMaildirDisk disk, string path, uint last, uint next) =>
        last == 0 ? disk.Create(Name(path, next), []) : disk.Rename(Name(path, last), Name(path, next));

    private static SortedSet<uint> Markers(IMaildirDisk disk, string accountPath)
    {
        var found = new SortedSet<uint>();
        disk.List(accountPath, directories: false, name =>
        {
            if (name.Length == FileName.Length + 9 && name.StartsWith(FileName + ".", StringComparison.Ordinal) && TryHex(name[(FileName.Length + 1)..], out var value))
                found.Add(value);
        });
        return found;
    }

    private static string Name(string path, uint value) => path + "." + value.ToString("x8", CultureInfo.InvariantCulture);

    private static bool TryHex(ReadOnlySpan<char> text, out uint value) =>
        uint.TryParse(text.Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
