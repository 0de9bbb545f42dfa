using System.Globalization;
using System.Text;
using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Folders;

/// <summary>
/// UIDVALIDITY values of an account: the time in seconds, and always more than any before. The last one is kept the way
/// Dovecot keeps it: as eight hex digits in <c>dovecot-uidvalidity</c> and in the name of an empty file beside it.
/// </summary>
internal static class UidValidityCounter
{
    private const string FileName = "dovecot-uidvalidity";

    private static readonly Lock Turn = new();

    internal static uint Next(IMaildirDisk disk, string accountPath, TimeProvider clock, uint above = 0)
    {
        lock (Turn)
        {
            var path = Path.Join(accountPath, FileName);
            var last = 0u;
            var highest = above;
            string? marker = null;
            disk.List(accountPath, directories: false, name =>
            {
                if (name.Length == FileName.Length + 9 && name.StartsWith(FileName + ".", StringComparison.Ordinal) && TryHex(name[(FileName.Length + 1)..], out var value) && value >= last)
                {
                    last = value;
                    marker = name.ToString();
                }
            });
            if (TryHex(Encoding.ASCII.GetString(disk.ReadAll(path) ?? []), out var written))
                highest = Math.Max(highest, written);

            var next = Math.Max((uint)clock.GetUtcNow().ToUnixTimeSeconds(), Math.Max(last, highest) + 1);
            var hex = next.ToString("x8", CultureInfo.InvariantCulture);
            if (marker is null || !disk.Rename(Path.Join(accountPath, marker), path + "." + hex))
                disk.Create(path + "." + hex, []);
            disk.Overwrite(path, Encoding.ASCII.GetBytes(hex));
            return next;
        }
    }

    private static bool TryHex(ReadOnlySpan<char> text, out uint value) =>
        uint.TryParse(text.Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
