using System.Text;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>
/// The file <c>mailops-append</c> of a folder: the base names of messages that come together, one a line, then a line with a dot. It is
/// there, durably, before the first of them is, and is removed when all of them are.
/// </summary>
internal static class AppendBatch
{
    internal const string FileName = "mailops-append";

    internal static byte[] Format(IEnumerable<MessageName> names)
    {
        var octets = new MemoryStream();
        foreach (var name in names)
        {
            octets.Write(name.Octets);
            octets.Write("\n"u8);
        }

        octets.Write(".\n"u8);
        return octets.ToArray();
    }

    /// <summary>The names; none of a file that is not whole, since no message comes before it is.</summary>
    internal static IReadOnlySet<string> Parse(ReadOnlySpan<byte> octets)
    {
        var lines = Encoding.UTF8.GetString(octets).Split('\n');
        return lines is [.. var names, ".", ""] ? names.ToHashSet(StringComparer.Ordinal) : new HashSet<string>(StringComparer.Ordinal);
    }
}
