using System.Globalization;
using System.Text;

namespace MailOps.Client.Mboxes;

/// <summary>
/// The fields that Thunderbird puts above the header of a message in its files, and writes anew when its flags change: X-Mozilla-Status with its
/// kin, and for mail from POP3 X-Account-Key and X-UIDL before them.
/// </summary>
internal sealed class MozillaFields
{
    private const string Status = "X-Mozilla-Status";
    private const string Keys = "X-Mozilla-Keys";

    private static readonly string[] Names = ["X-Account-Key", "X-UIDL", Status, "X-Mozilla-Status2", Keys];

    // Of nsMsgMessageFlags: Read, Replied, Marked, Expunged (deleted, until the file is compacted) and Forwarded.
    private static readonly (int Bit, string Flag)[] Bits = [(0x1, "\\Seen"), (0x2, "\\Answered"), (0x4, "\\Flagged"), (0x8, "\\Deleted"), (0x1000, "$Forwarded")];

    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);
    private string? _last;
    private bool _isOver;

    /// <summary>True if they are there.</summary>
    public bool AreThere => _fields.ContainsKey(Status);

    /// <summary>Where the message's own header begins.</summary>
    public long End { get; private set; }

    /// <summary>Takes in a line of the header.</summary>
    /// <param name="line">The line.</param>
    /// <param name="next">Where the next begins.</param>
    public void Take(ReadOnlySpan<byte> line, long next)
    {
        if (_isOver)
            return;
        if (line[0] is (byte)' ' or (byte)'\t' && _last is not null)
        {
            _fields[_last] += " " + Encoding.UTF8.GetString(line).Trim();
            End = next;
            return;
        }

        var colon = line[..Math.Min(line.Length, 40)].IndexOf((byte)':');
        var name = colon < 0 ? "" : Encoding.ASCII.GetString(line[..colon]);
        _last = Array.Find(Names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (_last is null || !_fields.TryAdd(_last, Encoding.UTF8.GetString(line[(colon + 1)..]).Trim()))
            _isOver = true;
        else
            End = next;
    }

    /// <summary>The flags that they tell, as <see cref="MboxEntry.Flags"/> has them.</summary>
    public string Flags()
    {
        var flags = new SortedSet<string>(StringComparer.Ordinal);
        if (int.TryParse(_fields.GetValueOrDefault(Status), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var status))
            flags.UnionWith(Bits.Where(one => (status & one.Bit) != 0).Select(one => one.Flag));
        flags.UnionWith(_fields.GetValueOrDefault(Keys, "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(key => !key.StartsWith('\\') && Maildirs.MessageFlags.IsFlag(key)));
        return string.Join(' ', flags);
    }
}
