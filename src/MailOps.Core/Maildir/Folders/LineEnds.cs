namespace MailOps.Maildir.Folders;

/// <summary>Counting of line ends, for sizes as sent.</summary>
internal static class LineEnds
{
    /// <summary>How many LF no CR precedes. The state carries over from block to block.</summary>
    internal static int CountBareLf(ReadOnlySpan<byte> octets, ref bool afterCr)
    {
        if (octets.IsEmpty)
            return 0;
        var bare = 0;
        var start = 0;
        while (true)
        {
            var found = octets[start..].IndexOf((byte)'\n');
            if (found < 0)
                break;
            var at = start + found;
            if (!(at == 0 ? afterCr : octets[at - 1] == '\r'))
                bare++;
            start = at + 1;
        }

        afterCr = octets[^1] == '\r';
        return bare;
    }
}
