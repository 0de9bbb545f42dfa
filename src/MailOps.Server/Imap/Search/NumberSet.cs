namespace MailOps.Server.Imap.Search;

/// <summary>Writes numbers as a set, in pieces. Runs are joined, and the order is kept: that of a sort is what was asked for (RFC 5267 section 3.2).</summary>
internal static class NumberSet
{
    /// <param name="replies">Where to.</param>
    /// <param name="count">How many numbers.</param>
    /// <param name="numberAt">The number at a place, counted from 0.</param>
    public static async ValueTask WriteAsync(ImapReplyWriter replies, int count, Func<int, uint> numberAt)
    {
        for (var i = 0; i < count;)
        {
            var (first, end) = (numberAt(i), i + 1);
            while (end < count && numberAt(end) == first + (uint)(end - i))
                end++;
            if (i > 0)
                replies.Raw(","u8);
            replies.Number(first);
            if (end - i > 1)
            {
                replies.Raw(":"u8);
                replies.Number(first + (uint)(end - i) - 1);
            }

            await replies.FlushIfLargeAsync();
            i = end;
        }
    }
}
