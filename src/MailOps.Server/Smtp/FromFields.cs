using System.Text;
using MailOps.Messages;

namespace MailOps.Server.Smtp;

/// <summary>Keeps the header of a message on its way in, and tells whom it claims to be from.</summary>
internal sealed class FromFields
{
    private const int MostOctets = 1024 * 1024;

    private readonly MemoryStream _header = new();
    private bool _isWhole;

    /// <summary>True if the header is longer than anybody looks.</summary>
    public bool IsTooLong => !_isWhole && _header.Length >= MostOctets;

    /// <summary>Takes octets of the message; what comes behind the header is let go.</summary>
    public void Take(ReadOnlySpan<byte> octets)
    {
        if (_isWhole || IsTooLong)
            return;

        // An empty line may lie across the seam.
        var from = (int)Math.Max(0, _header.Length - 3);
        _header.Write(octets);
        var held = _header.GetBuffer().AsSpan(0, (int)_header.Length);
        _isWhole = held.StartsWith("\r\n"u8) || held.StartsWith("\n"u8) || held[from..].IndexOf("\n\r\n"u8) >= 0 || held[from..].IndexOf("\n\n"u8) >= 0;
    }

    /// <summary>The addresses of every From field; one that names nobody is there as an empty text.</summary>
    public IReadOnlyList<string> Addresses()
    {
        var addresses = new List<string>();
        foreach (var field in Fields())
        {
            var named = EnvelopeAddresses.Read(Encoding.UTF8.GetBytes(field)).Where(one => one.Host is not null).Select(one => $"{one.Mailbox}@{one.Host}").ToList();
            addresses.AddRange(named.Count > 0 ? named : [""]);
        }

        return addresses;
    }

    // As a lenient reader would find them: a space before the colon, and lines between that are none of a header.
    private IEnumerable<string> Fields()
    {
        StringBuilder? value = null;
        foreach (var line in Encoding.UTF8.GetString(_header.GetBuffer(), 0, (int)_header.Length).Split('\n'))
        {
            if (line.TrimEnd('\r').Length == 0)
                break;
            if (line[0] is ' ' or '\t')
            {
                value?.Append(line).Append('\n');
                continue;
            }

            if (value is not null)
                yield return value.ToString();
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            value = colon >= 0 && line.AsSpan(0, colon).Trim().Equals("From", StringComparison.OrdinalIgnoreCase) ? new StringBuilder(line[(colon + 1)..]).Append('\n') : null;
        }

        if (value is not null)
            yield return value.ToString();
    }
}
