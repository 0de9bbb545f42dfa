namespace MailOps.Server.Smtp;

/// <summary>A copy of a message's header, taken as the message comes in, for a report about it.</summary>
internal sealed class HeaderCopy
{
    private const int Limit = 64 * 1024;

    private readonly MemoryStream _octets = new();
    private bool _isOver;

    /// <summary>The header's lines, without the empty one behind them; of a very long header the lines that fit.</summary>
    public ReadOnlySpan<byte> Octets => _octets.GetBuffer().AsSpan(0, (int)_octets.Length);

    /// <summary>Takes the next octets of the message.</summary>
    public void Take(ReadOnlySpan<byte> octets)
    {
        if (_isOver)
            return;

        var searchFrom = Math.Max(0, (int)_octets.Length - 3);
        _octets.Write(octets[..Math.Min(octets.Length, Limit - (int)_octets.Length)]);
        var lines = Octets;
        var end = lines.StartsWith("\r\n"u8) ? 0 : lines[searchFrom..].IndexOf("\r\n\r\n"u8) is >= 0 and var found ? searchFrom + found + 2 : -1;
        if (end < 0 && lines.Length == Limit)
            end = lines.LastIndexOf("\r\n"u8) is >= 0 and var last ? last + 2 : 0;
        if (end < 0)
            return;

        _isOver = true;
        _octets.SetLength(end);
    }
}
