namespace MailOps.Server.Smtp;

/// <summary>Counts the Received fields of a message on its way in: too many of them are a loop (RFC 5321 section 6.3).</summary>
internal struct HopCounter
{
    private const int Elsewhere = -1;

    // How much of the name stands at the start of the line.
    private int _matched;
    private bool _isOver;

    /// <summary>How many there are so far.</summary>
    public int Count { get; private set; }

    private static ReadOnlySpan<byte> Name => "received:"u8;

    /// <summary>Takes the next octets of the message; what comes behind the header is not looked at.</summary>
    public void Take(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty && !_isOver)
        {
            if (_matched == Elsewhere)
            {
                var end = octets.IndexOf((byte)'\n');
                if (end < 0)
                    return;
                octets = octets[(end + 1)..];
                _matched = 0;
            }
            else if (_matched == 0 && octets[0] is (byte)'\r' or (byte)'\n')
            {
                _isOver = true;
            }
            else if ((octets[0] | 0x20) == Name[_matched])
            {
                octets = octets[1..];
                if (++_matched == Name.Length)
                    (_matched, Count) = (Elsewhere, Count + 1);
            }
            else
            {
                _matched = Elsewhere;
            }
        }
    }
}
