namespace MailOps.Server.Imap.Search;

/// <summary>Tells how the result of a search changed: ADDTO and REMOVEFROM (RFC 5267 sections 4.3.3 and 4.3.4).</summary>
internal static class SearchUpdateReply
{
    /// <summary>One response, if there is something to tell.</summary>
    /// <param name="replies">Where to.</param>
    /// <param name="change">How.</param>
    /// <param name="numberOf">The sequence number of a message by its UID.</param>
    public static async ValueTask WriteAsync(ImapReplyWriter replies, ResultChange change, Func<uint, uint> numberOf)
    {
        var (update, removed, added) = change;
        if (removed.Count == 0 && added.Count == 0)
            return;
        update.Correlator.Write(replies, update.Numbers);
        await ItemAsync(" REMOVEFROM ("u8.ToArray(), removed);
        await ItemAsync(" ADDTO ("u8.ToArray(), added);
        replies.EndLine();

        async ValueTask ItemAsync(byte[] name, IReadOnlyList<ResultStep> steps)
        {
            if (steps.Count == 0)
                return;
            for (var i = 0; i < steps.Count; i++)
            {
                var uids = steps[i].Uids;
                replies.Raw(i == 0 ? name : " "u8);
                replies.Number(steps[i].Position);
                replies.Raw(" "u8);
                await NumberSet.WriteAsync(replies, uids.Count, place => update.Numbers == MessageNumbers.Uid ? uids[place] : numberOf(uids[place]));
            }

            replies.Raw(")"u8);
        }
    }
}
