namespace MailOps.Server.Imap.Threads;

/// <summary>Writes threads (RFC 5256 section 4): a line of messages each of which answers the one before, and branches in parentheses.</summary>
/// <param name="replies">Where to.</param>
/// <param name="numberOf">What a message is called by its place in the view.</param>
internal sealed class ThreadReply(ImapReplyWriter replies, Func<int, uint> numberOf)
{
    /// <summary>Writes the whole response.</summary>
    public async ValueTask WriteAsync(IReadOnlyList<ThreadNode> threads)
    {
        replies.Raw("* THREAD"u8);
        if (threads.Count > 0)
            replies.Raw(" "u8);
        // Null closes a parenthesis. Without recursion: a thread may be as deep as the mailbox is large.
        var waiting = new Stack<ThreadNode?>();
        foreach (var thread in threads)
        {
            waiting.Push(thread);
            while (waiting.TryPop(out var next))
            {
                if (next is null)
                    replies.Raw(")"u8);
                else
                    await OpenAsync(next, waiting);
                await replies.FlushIfLargeAsync();
            }
        }

        replies.EndLine();
    }

    private async ValueTask OpenAsync(ThreadNode thread, Stack<ThreadNode?> waiting)
    {
        replies.Raw("("u8);
        waiting.Push(null);
        var isFirst = true;
        for (var node = thread; ; node = node.Children[0])
        {
            if (!isFirst && (node.Message is not null || node.Children.Count > 1))
                replies.Raw(" "u8);
            if (node.Message is { } message)
            {
                replies.Number(numberOf(message.Place));
                isFirst = false;
                await replies.FlushIfLargeAsync();
            }

            if (node.Children.Count == 1)
                continue;
            if (node.Children.Count > 1 && node.Message is not null)
                replies.Raw(" "u8);
            for (var i = node.Children.Count - 1; i >= 0; i--)
                waiting.Push(node.Children[i]);
            return;
        }
    }
}
