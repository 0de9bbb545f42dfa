using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailOps.Maildir.Disk;

namespace MailOps.Client.Mailboxes.Saving;

/// <summary>
/// A folder of files, a message each, named by its unique id. A file appears whole and on the disk, or not at all, and none is ever replaced: one with the
/// same octets stands for the message, beside one with others it gets a number.
/// </summary>
public sealed class EmlFolder : IMessageTarget
{
    // What file systems take is 255 octets; a number and the ending come behind.
    private const int LongestName = 120;
    private const string Prefix = ".mailops-";
    private const string Ending = ".tmp";

    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", .. Enumerable.Range(1, 9).SelectMany(i => new[] { $"COM{i}", $"LPT{i}" })];

    private readonly string _path;

    private EmlFolder(string path) => _path = path;

    /// <summary>Opens a folder, and makes it if it is not there. What killed processes left half written goes.</summary>
    /// <param name="path">The folder, whole.</param>
    public static EmlFolder Open(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else if (!Directory.Exists(path))
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var left in Directory.EnumerateFiles(path, Prefix + "*" + Ending))
        {
            // One that is being written is locked by who writes it.
            if (FileLock.TryTake(left) is { } ours)
            {
                ours.Dispose();
                File.Delete(left);
            }
        }

        return new EmlFolder(path);
    }

    /// <inheritdoc/>
    public ValueTask<IMessageInSaving> BeginAsync(Pop3Entry entry, CancellationToken cancel)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Delete, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return ValueTask.FromResult<IMessageInSaving>(new EmlFile(new FileStream(Path.Join(_path, $"{Prefix}{Guid.NewGuid():N}{Ending}"), options), Path.Join(_path, NameOf(entry))));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The name of a message's file without its ending: its unique id, in which what a name cannot have on some system is written as % and two digits; a long one is cut and told by its hash.</summary>
    internal static string NameOf(Pop3Entry entry)
    {
        if (entry.Uidl is not { Length: > 0 } uidl)
            return string.Create(CultureInfo.InvariantCulture, $"message-{entry.Number}");
        var name = new StringBuilder();
        foreach (var octet in Encoding.UTF8.GetBytes(uidl))
        {
            var c = (char)octet;
            var isPlain = char.IsAsciiLetterOrDigit(c) || (c is '-' or '_' or '=' or '+' or '@' or '.' && !(c == '.' && name.Length == 0));
            name.Append(isPlain ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"%{octet:X2}"));
        }

        if (name.Length > LongestName)
            return string.Concat(name.ToString().AsSpan(0, LongestName - 33), "-", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(uidl)).AsSpan(0, 16)));
        var plain = name.ToString();
        var stem = plain.Split('.')[0];
        return Devices.Contains(stem, StringComparer.OrdinalIgnoreCase) ? "%" + plain : plain;
    }
}
