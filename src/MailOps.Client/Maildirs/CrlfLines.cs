using MailOps.Maildir;

namespace MailOps.Client.Maildirs;

/// <summary>Writes octets whose lines end anyhow into a delivery, which takes lines that end with CRLF: files and texts often have bare LFs. Fed in pieces of any size.</summary>
internal struct CrlfLines
{
    private bool _isAfterCr;

    /// <summary>Writes the next octets.</summary>
    public void Write(IDelivery delivery, ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            var end = octets.IndexOf((byte)'\n');
            var line = end < 0 ? octets : octets[..end];
            if (!line.IsEmpty)
            {
                delivery.Write(line);
                _isAfterCr = line[^1] == '\r';
            }

            if (end < 0)
                return;
            delivery.Write(_isAfterCr ? "\n"u8 : "\r\n"u8);
            _isAfterCr = false;
            octets = octets[(end + 1)..];
        }
    }
}
