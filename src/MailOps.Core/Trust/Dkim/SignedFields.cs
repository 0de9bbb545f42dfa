using System.Buffers;
using System.Text;
using MailOps.Messages;

namespace MailOps.Trust.Dkim;

/// <summary>
/// Which fields of a header a signature covers, and the octets of these that it is made over (RFC 6376 sections 3.7 and 5.4).
/// </summary>
internal sealed class SignedFields
{
    /// <summary>
    /// Named once more than they are there, so that none can be added (section 5.4.2 and 8.15): whoever gets hold of a signed
    /// message could otherwise put a second Subject or To on top of it, which readers show and the signature does not see. A
    /// Reply-To would lead the answer elsewhere; a Content-Type or MIME-Version would show the same body as something else.
    /// </summary>
    private static readonly string[] OnceMore =
    [
        "From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    ];

    /// <summary>
    /// Covered where they are there. Mailing lists add Sender and List fields, and resending adds Resent fields, each by right: a
    /// signature that forbade them would fail for good mail. Trace fields are left out, since every server adds some (section 5.4.1).
    /// </summary>
    private static readonly string[] WherePresent =
    [
        "Sender", "In-Reply-To", "References", "TLS-Report-Domain", "TLS-Report-Submitter",
        "Content-ID", "Content-Description", "Content-Disposition", "Content-Language",
        "Resent-Date", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Message-ID",
        "List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Subscribe", "List-Post", "List-Owner", "List-Archive",
    ];

    private SignedFields(IReadOnlyList<string> names, ReadOnlyMemory<byte> octets)
    {
        Names = names;
        Octets = octets;
    }

    /// <summary>The names for the tag h, in the order in which the fields are signed.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The fields in canonical form, one behind the other.</summary>
    public ReadOnlyMemory<byte> Octets { get; }

    /// <summary>Chooses among the fields of a header.</summary>
    /// <param name="header">The header with its empty line.</param>
    /// <param name="canonicalization">Of the header.</param>
    /// <param name="reason">Why there is no result.</param>
    /// <returns>Null where the message is not to be signed.</returns>
    public static SignedFields? Choose(ReadOnlySpan<byte> header, DkimCanonicalization canonicalization, out DkimUnsigned reason)
    {
        reason = DkimUnsigned.HeaderUnreadable;
        var lines = new Dictionary<string, List<Range>>(StringComparer.OrdinalIgnoreCase);
        var scanner = new HeaderScanner(header);
        while (true)
        {
            var start = scanner.Passed;
            if (!scanner.MoveNext())
                break;
            if (HasLoneLineEnd(scanner.Line))
                return null;
            var name = Encoding.ASCII.GetString(scanner.Name);
            if (!lines.TryGetValue(name, out var all))
                lines[name] = all = [];
            all.Add(start..scanner.Passed);
        }

        if (scanner.IsOdd)
            return null;
        reason = DkimUnsigned.NotOneFrom;
        if (lines.GetValueOrDefault("From") is not [_])
            return null;

        reason = DkimUnsigned.None;
        var names = new List<string>();
        var octets = new ArrayBufferWriter<byte>();
        foreach (var name in OnceMore.Concat(WherePresent))
        {
            // Of several the last is signed first: those in front are the ones that are added on the way (section 5.4.2).
            foreach (var line in Enumerable.Reverse(lines.GetValueOrDefault(name, [])))
            {
                names.Add(name);
                HeaderCanon.Write(header[line], canonicalization, octets);
            }
        }

        names.AddRange(OnceMore);
        return new SignedFields(names, octets.WrittenMemory);
    }

    private static bool HasLoneLineEnd(ReadOnlySpan<byte> line)
    {
        while (line.IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var at)
        {
            if (!line[at..].StartsWith("\r\n"u8))
                return true;
            line = line[(at + 2)..];
        }

        return false;
    }
}
